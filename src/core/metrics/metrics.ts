import type { CloudEmitter } from '../events.ts'
import type { Route } from '../http/routes.ts'
import { OWN_KINDS } from '../mqtt/topic-table.ts'
import type { LabelValues, MetricReading, Metrics, ReadableMetrics, Sample } from './types.ts'

const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/
/** The label for every value that was not listed. */
const OTHER = 'other'
/** The most combinations of label values that one metric may have. */
const MAX_COMBINATIONS = 10_000

/** @param failed called with the name of a gauge that throws */
export function createMetrics(failed: (name: string, error: unknown) => void): ReadableMetrics {
  const readers = new Map<string, () => MetricReading>()

  function claim(name: string, labels: LabelValues = {}): void {
    if (!NAME.test(name))
      throw new TypeError(
        `The metric "${name}" has an invalid name. Use lower-case words with underscores, such as flights_finished.`,
      )
    if (readers.has(name)) throw new TypeError(`The metric ${name} exists already. Use another name.`)
    for (const label of Object.keys(labels))
      if (!NAME.test(label))
        throw new TypeError(
          `The metric ${name} has an invalid label, "${label}". Use lower-case words with underscores, such as outcome.`,
        )
    const combinations = Object.values(labels).reduce((product, { length }) => product * (length + 1), 1)
    if (combinations > MAX_COMBINATIONS)
      throw new TypeError(
        `The metric ${name} has ${combinations} combinations of label values, but at most ${MAX_COMBINATIONS} are allowed. Use fewer labels or values.`,
      )
  }

  return {
    counter(name, { help, labels = {} as never }) {
      claim(name, labels)
      const figures = createFigures(labels, () => ({ value: 0 }))
      readers.set(name, () => ({
        ...{ type: 'counter', name, help },
        samples: figures.all().map(([given, { value }]) => ({ labels: given, value })),
      }))
      return {
        add(given, by = 1) {
          if (!(by >= 0) || by === Number.POSITIVE_INFINITY) return
          figures.of(given).value += by
        },
      }
    },
    gauge(name, { help }, value) {
      claim(name)
      readers.set(name, () => ({
        ...{ type: 'gauge', name, help },
        samples: sampled(value, (error) => failed(name, error)),
      }))
    },
    histogram(name, { help, labels = {} as never, buckets }) {
      claim(name, labels)
      const bounds = [...buckets, Number.POSITIVE_INFINITY]
      if (
        buckets.length === 0 ||
        bounds.some((bound, index) => !(bound > (bounds[index - 1] ?? Number.NEGATIVE_INFINITY)))
      )
        throw new TypeError(
          `The metric ${name} has invalid buckets. Give growing numbers, such as [0.1, 1, 10].`,
        )
      const figures = createFigures(labels, () => ({ counts: bounds.map(() => 0), sum: 0 }))
      readers.set(name, () => ({
        ...{ type: 'histogram', name, help },
        samples: figures.all().map(([given, { counts, sum }]) => {
          let count = 0
          const filled = bounds.map((upTo, index) => {
            count += counts[index] ?? 0
            return { upTo, count }
          })
          return { labels: given, buckets: filled, sum, count }
        }),
      }))
      return {
        observe(value, given) {
          if (!Number.isFinite(value)) return
          const figure = figures.of(given)
          const index = bounds.findIndex((bound) => value <= bound)
          figure.counts[index] = (figure.counts[index] ?? 0) + 1
          figure.sum += value
        },
      }
    },
    read: () => [...readers.values()].map((read) => read()),
  }
}

/** Metrics for one plugin: all names get the plugin's id in front. */
export const metricsOf = (metrics: ReadableMetrics, id: string): ReadableMetrics => {
  const own = (name: string): string => `${id.replaceAll('-', '_')}_${name}`
  return {
    counter: (name, options) => metrics.counter(own(name), options),
    gauge: (name, options, value) => metrics.gauge(own(name), options, value),
    histogram: (name, options) => metrics.histogram(own(name), options),
    read: metrics.read,
  }
}

function sampled(value: () => number, failed: (error: unknown) => void): readonly Sample[] {
  try {
    const now = value()
    return Number.isFinite(now) ? [{ labels: {}, value: now }] : []
  } catch (error) {
    failed(error)
    return []
  }
}

/** One figure for each combination of listed label values. It is made when it is first needed. */
function createFigures<Figure>(values: LabelValues, make: () => Figure) {
  const names = Object.keys(values)
  const listed = names.map((name) => new Set(values[name]))
  const figures = new Map<
    string,
    { readonly labels: Readonly<Record<string, string>>; readonly figure: Figure }
  >()
  const bare = names.length === 0 ? make() : null
  return {
    of(given: Readonly<Record<string, string>> | undefined): Figure {
      if (bare !== null) return bare
      let key = ''
      for (let index = 0; index < names.length; index += 1) key += `${known(given, index)}\n`
      let found = figures.get(key)
      if (found === undefined) {
        const labels = Object.fromEntries(names.map((name, index) => [name, known(given, index)]))
        found = { labels, figure: make() }
        figures.set(key, found)
      }
      return found.figure
    },
    all: (): (readonly [Readonly<Record<string, string>>, Figure])[] =>
      bare !== null ? [[{}, bare]] : [...figures.values()].map(({ labels, figure }) => [labels, figure]),
  }

  function known(given: Readonly<Record<string, string>> | undefined, index: number): string {
    const value = given?.[names[index] ?? '']
    return value !== undefined && listed[index]?.has(value) === true ? value : OTHER
  }
}

/** Reasons of `mqtt.refused` that have their own figure. All other reasons count as `other`. */
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

/** Counts rare things by listening to the events. */
export function countEvents(metrics: Metrics, on: CloudEmitter['on']): void {
  const logins = metrics.counter('logins', {
    help: 'Logins, by how they ended.',
    labels: { outcome: ['succeeded', 'challenged', 'failed', 'throttled'] },
  })
  on('login.succeeded', () => logins.add({ outcome: 'succeeded' }))
  on('login.challenged', () => logins.add({ outcome: 'challenged' }))
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

/** Measures what is open or online at this moment. */
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
    { help: 'MQTT connections of the broker, if the broker reports them.' },
    now.connections,
  )
}

/**
 * Counts messages. Every packet passes here, so this only adds to one number.
 * @param kind such as `thing/osd`; for topics of plugins: `plugin`
 */
export function createMessageCount(metrics: Metrics): (kind: string) => void {
  const messages = metrics.counter('messages', {
    help: 'Messages of controllers that were taken, by the end of their topic.',
    labels: { topic: [...OWN_KINDS, 'plugin'] },
  })
  const labels = new Map([...OWN_KINDS, 'plugin'].map((topic) => [topic, { topic }]))
  return (kind) => messages.add(labels.get(kind))
}

/** Counts requests by row and never by path, because paths contain ids. */
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

/** Counts each push once, and not once for each socket. */
export function createPushCount(metrics: Metrics): () => void {
  const pushes = metrics.counter('pushes', {
    help: 'Messages to the WebSockets of a workspace, of this node.',
  })
  return () => pushes.add()
}
