import type { CloudEmitter } from '../events.ts'
import type { Route } from '../http/routes.ts'
import { OWN_KINDS } from '../mqtt/topic-table.ts'
import type { Metrics } from './metrics.ts'

/** Words of `mqtt.refused` that are worth a figure of their own; the others are `other`. */
const REFUSALS = [
  'anonymous',
  'bad_credentials',
  'throttled',
  'expired',
  'session_ended',
  'other_workspace',
  'in_use',
  'foreign',
  'not_listed',
  'unavailable',
  'protocol',
  'limit',
] as const

const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const

/** What happens rarely enough to be counted off the events. */
export function countEvents(metrics: Metrics, on: CloudEmitter['on']): void {
  const logins = metrics.counter('logins', {
    help: 'Logins, by how they ended.',
    labels: { outcome: ['succeeded', 'failed', 'throttled'] },
  })
  on('login.succeeded', () => logins.add({ outcome: 'succeeded' }))
  on('login.failed', () => logins.add({ outcome: 'failed' }))
  on('login.throttled', () => logins.add({ outcome: 'throttled' }))
  const ended = metrics.counter('sessions_ended', {
    help: 'Sessions that ended, by the reason.',
    labels: { reason: ['logout', 'expired', 'revoked', 'reused', 'limit', 'user_gone'] },
  })
  on('session.ended', ({ reason }) => ended.add({ reason: reason as 'logout' }))
  const refused = metrics.counter('mqtt_refused', {
    help: 'Connections, subscriptions and messages of controllers that were refused, by the reason.',
    labels: { reason: REFUSALS },
  })
  on('mqtt.refused', ({ reason }) => refused.add({ reason: reason as 'foreign' }))
  const invalid = metrics.counter('messages_invalid', {
    help: 'Messages of controllers that were not understood or came too often.',
  })
  on('message.invalid', () => invalid.add())
  const devices = metrics.counter('device_changes', {
    help: 'Controllers and aircraft that came online or went offline.',
    labels: { kind: ['gateway', 'aircraft'], change: ['online', 'offline'] },
  })
  for (const kind of ['gateway', 'aircraft'] as const)
    for (const change of ['online', 'offline'] as const)
      on(`${kind}.${change}`, () => devices.add({ kind, change }))
}

/** What is there at this moment. */
export function measureNow(
  metrics: Metrics,
  now: {
    readonly websockets: () => number
    readonly gateways: () => number
    readonly connections: () => number
  },
): void {
  metrics.gauge('websockets', { help: 'WebSockets that are open at this node.' }, now.websockets)
  metrics.gauge('gateways_online', { help: 'Controllers that are online at this node.' }, now.gateways)
  metrics.gauge(
    'mqtt_connections',
    { help: 'MQTT connections of the broker, where it tells.' },
    now.connections,
  )
}

/** Counts what every packet passes: one number is added to. @param kind such as `thing/osd`; of plugins: `plugin` */
export function createMessageCount(metrics: Metrics): (kind: string) => void {
  const messages = metrics.counter('messages', {
    help: 'Messages of controllers that were taken, by the end of their topic.',
    labels: { topic: [...OWN_KINDS, 'plugin'] },
  })
  const labels = new Map([...OWN_KINDS, 'plugin'].map((topic) => [topic, { topic }]))
  return (kind) => messages.add(labels.get(kind))
}

/** Requests by row, never by path: a path has ids in it. */
export function createRequestCount(
  metrics: Metrics,
  routes: readonly Pick<Route, 'method' | 'path'>[],
): (row: Pick<Route, 'method' | 'path'> | null, status: number) => void {
  const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`
  const requests = metrics.counter('http_requests', {
    help: 'Requests that were answered, by row and kind of status.',
    labels: { row: [...new Set(routes.map(nameOf))], status: STATUSES },
  })
  return (row, status) =>
    requests.add({
      row: row === null ? 'other' : nameOf(row),
      status: `${Math.floor(status / 100)}xx` as (typeof STATUSES)[number],
    })
}

/** Pushes, not how many sockets each went to. */
export function createPushCount(metrics: Metrics): () => void {
  const pushes = metrics.counter('pushes', {
    help: 'Messages to the WebSockets of a workspace, of this node.',
  })
  return () => pushes.add()
}
