import type { DeviceModel } from '../events.ts'
import type { DeviceSummary } from '../pages/situation.ts'
import type { DeviceState } from './telemetry.ts'
import { valuesOf } from './values.ts'

/** What the registry and the device store know about a device. */
export interface SummarySubject {
  readonly serial: string
  readonly nickname: string | null
  readonly model: DeviceModel | null
  readonly online: boolean
  /** ms since the epoch; 0 or null: never. */
  readonly lastSeenAt: number | null
}

/** @param state of the same workspace as the reader; null: nothing is known */
export function deviceSummary(
  { serial, nickname, model, online, lastSeenAt }: SummarySubject,
  state: Pick<DeviceState, 'osd' | 'at'> | null,
): DeviceSummary {
  const seenAt = Math.max(state?.at ?? 0, lastSeenAt ?? 0)
  return {
    sn: serial,
    nickname,
    model: model?.name ?? null,
    model_key: model?.key ?? null,
    online,
    last_report_at: seenAt === 0 ? null : seenAt,
    ...valuesOf(state?.osd ?? {}),
  }
}
