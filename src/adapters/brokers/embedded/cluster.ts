import { loadPeer } from '../../../core/packages.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { isThenable } from '../../../core/thenable.ts'
import { within } from '../../deadline.ts'
import type { AedesBroker, AedesPersistence } from './aedes.ts'
import { createLifeline, type Lifeline } from './lifeline.ts'
import { goLocalFirst, type RedisEmitter } from './local-first.ts'
import type { BrokerLimits } from './options.ts'
import { type Debts, outliveRedis, storeWithout } from './outage.ts'
import { type RedisCommands, redisStore } from './redis-store.ts'
import type { SessionStore } from './sessions.ts'

/** What several nodes share, in aedes' own terms. */
export interface Cluster {
  readonly mq: unknown
  readonly persistence: AedesPersistence
  readonly store: SessionStore
  readonly lifeline: Lifeline
  readonly debts: Debts
  /** The broker is made: what comes from it is this node's own. */
  made(broker: AedesBroker): void
  close(): Promise<void>
}

interface Emitter extends RedisEmitter {
  readonly state: { on(event: 'error', listener: (error: Error) => void): void }
}

type NewEmitter = (options: Readonly<Record<string, unknown>>) => Emitter
type NewPersistence = (options: Readonly<Record<string, unknown>>) => AedesPersistence

const WANTED = "the embedded broker's option redis"
/** How often Redis is asked while it is away, ms. */
const RETRY_MS = 1_000

/**
 * Messages and stored sessions in Redis. The persistence has to be 12.0.0: the range that aedes itself asks for lacks
 * `cleanIncoming`, and has a known hole (facts brokers).
 * @param isLive whether a client is connected to this node
 */
export async function openCluster(
  url: string,
  limits: BrokerLimits,
  logger: Logger,
  isLive: (id: string) => boolean,
): Promise<Cluster> {
  const [emitters, persistences, redis] = await Promise.all([
    loadPeer<{ default: NewEmitter }>('mqemitter-redis', WANTED),
    loadPeer<{ default: NewPersistence }>('aedes-persistence-redis', WANTED, '12.0.0'),
    loadPeer<{ Redis: new (url: string, options: object) => RedisLike }>('ioredis', WANTED),
  ])
  // Nothing waits in a queue for a Redis that is away: it would grow, and be carried out when nobody wants it any more.
  const impatient = { enableOfflineQueue: false, commandTimeout: limits.redisMs }
  const conn = new redis.Redis(url, impatient)
  const pubConn = new redis.Redis(url, { ...impatient, enableAutoPipelining: true })
  // Subscriptions do wait: without them messages of other nodes would be missed for ever.
  const subConn = new redis.Redis(url, { maxRetriesPerRequest: null })
  const all = [conn, pubConn, subConn]

  const lifeline = createLifeline({
    ping: () => Promise.all([conn.ping(), pubConn.ping()]),
    timeoutMs: limits.redisMs,
    retryMs: Math.min(RETRY_MS, limits.redisMs),
    now: () => Date.now(),
    logger,
  })
  for (const one of [pubConn, subConn]) leaveQuietly(one)
  for (const one of all) noUnhandled(one)

  const mq = emitters.default({
    pubConn,
    subConn,
    separator: '/',
    wildcardOne: '+',
    wildcardSome: '#',
    matchEmptyLevels: true,
  })
  // Without a listener a lost Redis would end the process.
  mq.state.on('error', () => undefined)
  // Messages of the other nodes arrive once every connection stands. A Redis that is away is no reason not to start.
  await within(Promise.all(all.map(isReady)), REACHED_MS, 'Redis').catch(lifeline.failed)
  for (const one of [conn, pubConn]) {
    one.on('error', lifeline.failed)
    one.on('close', () => lifeline.failed(new Error('socket closed')))
  }

  let id: string | null = null
  goLocalFirst(mq, lifeline, () => id, limits.redisMs)
  const persistence = persistences.default({
    conn,
    // Whatever a node that died leaves behind goes with the longest session. Seconds.
    packetTTL: () => limits.sessionSeconds,
    // All that the quota leaves room for: what is not delivered on connect is not delivered.
    maxSessionDelivery: 10_000,
  })
  const store = redisStore(persistence, conn, limits)
  const debts = outliveRedis(persistence, lifeline, isLive)
  return {
    mq,
    persistence,
    store: storeWithout(store, lifeline, debts),
    lifeline,
    debts,
    made(broker) {
      id = broker.id
    },
    async close() {
      lifeline.stop()
      conn.disconnect()
    },
  }
}

/** How long a Redis may take to say goodbye, ms. */
const FAREWELL = 1_000
/** How long the first connection may take, ms. */
const REACHED_MS = 5_000

/**
 * The emitter says QUIT and waits for the end, without a look at the answer: from a Redis that is away that is an
 * unhandled rejection, which ends the process, or an end that never comes.
 */
function leaveQuietly(conn: RedisLike): void {
  const quit = conn.quit.bind(conn)
  conn.quit = () =>
    within(quit(), FAREWELL, 'Redis').catch(() => {
      conn.disconnect()
    })
}

/** aedes-persistence-redis sends some commands without a look at the answer: a rejection would end the process. */
function noUnhandled(conn: RedisLike): void {
  conn.on('error', () => undefined)
  const send = conn.sendCommand.bind(conn)
  conn.sendCommand = (...args) => {
    const answer = send(...args)
    if (isThenable(answer)) answer.then(undefined, () => undefined)
    return answer
  }
}

const isReady = (conn: RedisLike): Promise<void> =>
  conn.status === 'ready' ? Promise.resolve() : new Promise((resolve) => conn.once('ready', resolve))

interface RedisLike extends RedisCommands {
  readonly status: string
  on(event: 'error' | 'close', listener: (error?: unknown) => void): void
  once(event: 'ready', listener: () => void): void
  quit(): Promise<unknown>
  sendCommand(...args: unknown[]): unknown
  disconnect(): void
}
