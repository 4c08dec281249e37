import type { DeviceState, Fields } from './telemetry.ts'

/** A camera or another payload of an aircraft, as the demo's front ends read it. */
export interface Payload {
  readonly payload_sn: string
  readonly payload_name: string
  readonly payload_desc: string
  /** The number of its gimbal; 0 is the first one. */
  readonly index: number
  /** The controller that controls it, `A` or `B`; empty: the aircraft did not say. */
  readonly control_source: string
  /** Type, sub-type and position, such as `66-0-0`. */
  readonly payload_index: string
}

const INDEX = /^\d{1,6}-\d{1,6}-(\d{1,3})$/
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The payloads that an aircraft has reported. Those without a serial number are numbered as in the demo. */
export function payloadsOf({ serial, osd }: Pick<DeviceState, 'serial' | 'osd'>): Payload[] {
  const told: unknown = osd['payloads']
  return (Array.isArray(told) ? told : []).flatMap((one: unknown): Payload[] => {
    if (typeof one !== 'object' || one === null) return []
    const fields = one as Fields
    const payload_index = text(fields['payload_index'])
    const position = INDEX.exec(payload_index)?.[1]
    if (position === undefined) return []
    return [
      {
        payload_sn: text(fields['sn']) || `${serial}-${position}`,
        payload_name: payload_index,
        payload_desc: '',
        index: Number(position),
        control_source: text(fields['control_source']),
        payload_index,
      },
    ]
  })
}
