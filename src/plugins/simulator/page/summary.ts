import type { Entry } from './server.ts'

export type Kind = 'bridge' | 'callback' | 'http' | 'mqtt' | 'ws' | 'pilot'

export function kindOf({ type }: Entry): Kind {
  if (type === 'bridge' || type === 'callback' || type === 'http') return type
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
  if (type === 'mqtt.state' || type === 'ws.state')
    return `${entry['state']}${entry['reason'] === null ? '' : `: ${entry['reason']}`}`
  const { seq: _seq, at: _at, type: _type, ...rest } = entry
  return Object.keys(rest)
    .filter((name) => rest[name] !== null)
    .map((name) => `${name}: ${short(rest[name])}`)
    .join(', ')
}

/** True for entries that show a problem. */
export function wentWrong(entry: Entry): boolean {
  const { type } = entry
  if (type === 'fault' || type === 'withdrawn') return true
  if (type === 'http') return Number(entry['status']) === 0 || Number(entry['status']) >= 400
  if (type === 'mqtt.state' || type === 'ws.state') return entry['state'] === 'disconnected'
  if (type !== 'bridge') return false
  return /"code":(?!0[,}])/.test(short(entry['answer']))
}
