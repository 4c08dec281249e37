import type { Entry } from './types.ts'

/** The kinds of entries that the list can hide. */
export const KINDS = ['bridge', 'callback', 'http', 'mqtt', 'ws', 'pilot', 'host'] as const
export type Kind = (typeof KINDS)[number]

export function kindOf({ type }: Entry): Kind {
  if (type === 'bridge' || type === 'callback' || type === 'http' || type === 'host') return type
  if (type.indexOf('mqtt') === 0 || type === 'topology') return 'mqtt'
  return type.indexOf('ws') === 0 ? 'ws' : 'pilot'
}

const short = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** An entry as one line of text. */
export function summary(entry: Entry): string {
  const { type } = entry
  if (type === 'bridge')
    return `${entry['method']}(${(entry['args'] as unknown[]).map(short).join(', ')}) = ${short(entry['answer'])}`
  if (type === 'callback')
    return `${entry['name']}(${short(entry['argument'])})${entry['delivered'] === true ? '' : ' not delivered'}`
  if (type === 'http') return `${entry['side']} ${entry['method']} ${entry['url']} = ${entry['status']}`
  if (type === 'mqtt.in' || type === 'mqtt.out') {
    const payload = record(entry['payload'])
    return `${entry['topic']} ${payload['method'] === undefined ? '' : `${payload['method']} `}${short(payload['data'])}`
  }
  if (type === 'ws.in' || type === 'ws.out') {
    const data = record(entry['data'])
    return `${data['biz_code'] === undefined ? '' : `${data['biz_code']} `}${short(data['data'] === undefined ? entry['data'] : data['data'])}`
  }
  if (type === 'host') return `${entry['name']} ${short(entry['event'])}`
  if (type === 'mqtt.state' || type === 'ws.state')
    return `${entry['state']}${entry['reason'] === null ? '' : `: ${entry['reason']}`}`
  const { seq: _seq, at: _at, type: _type, ...rest } = entry
  return Object.keys(rest)
    .filter((name) => rest[name] !== null)
    .map((name) => `${name}: ${short(rest[name])}`)
    .join(', ')
}
