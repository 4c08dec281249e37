import { loadPeer } from '../../../core/packages.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { isThenable } from '../../../core/promises.ts'
import { within } from '../../deadline.ts'
import type { AedesBroker, AedesPersistence, AedesPublish } from './aedes.ts'
import { createLifeline, type Lifeline } from './lifeline.ts'
import type { BrokerLimits } from './options.ts'
import { type Debts, outliveRedis, storeWithout } from './outage.ts'
import { type RedisCommands, redisStore } from './redis-store.ts'
import type { SessionStore } from './session-store.ts'

/** The parts that several nodes share, in the form that aedes accepts. */
export interface Cluster {
  readonly mq: unknown
  readonly persistence: AedesPersistence
  readonly store: SessionStore
  readonly lifeline: Lifeline
  readonly debts: Debts
  /** Call it when the broker is created: from then on its messages are known as this node's own. */
  made(broker: AedesBroker): void
  close(): Promise<void>
}

type Done = (error?: Error | null) => void

/** The methods of mqemitter-redis that are used. Those with `_` are inherited and do not use Redis. */
interface RedisEmitter {
  readonly closed?: boolean
  readonly closing?: boolean
  emit(message: AedesPublish, done?: Done): unknown
  _emit(message: AedesPublish, done?: Done): unknown
  on(topic: string, listener: unknown, done?: () => void): unknown
  removeListener(topic: string, listener: unknown, done?: () => void): unknown
}

interface Emitter extends RedisEmitter {
  readonly state: { on(event: 'error', listener: (error: Error) => void): void }
}

type NewEmitter = (options: Readonly<Record<string, unknown>>) => Emitter
type NewPersistence = (options: Readonly<Record<string, unknown>>) => AedesPersistence

const WANTED = "the embedded broker's option redis"
/** How often Redis is asked while it is down, ms. */
const RETRY_MS = 1_000
/** How long the first connection may take, ms. */
const REACHED_MS = 5_000
/** How long Redis may take to answer QUIT, ms. */
const FAREWELL_MS = 1_000

/**
 * Messages and stored sessions in Redis. The persistence has to be 12.0.0. The versions that aedes itself asks for have
 * no `cleanIncoming`, and have a known security fault (facts brokers).
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
  // The offline queue is off. It would grow while Redis is down, and would later run commands that are not needed any
  // more.
  const impatient = { enableOfflineQueue: false, commandTimeout: limits.redisMs }
  const conn = new redis.Redis(url, impatient)
  const pubConn = new redis.Redis(url, { ...impatient, enableAutoPipelining: true })
  // Subscriptions wait for Redis. Without them this node would never get messages of the other nodes.
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
  // Messages of the other nodes arrive once all connections are ready. Without Redis the broker starts too.
  await within(Promise.all(all.map(isReady)), REACHED_MS, 'Redis').catch(lifeline.failed)
  for (const one of [conn, pubConn]) {
    one.on('error', lifeline.failed)
    one.on('close', () => lifeline.failed(new Error('socket closed')))
  }

  let id: string | null = null
  goLocalFirst(mq, lifeline, () => id, limits.redisMs)
  const persistence = persistences.default({
    conn,
    // The data of a node that was killed is deleted after the time of the longest session. Seconds.
    packetTTL: () => limits.sessionSeconds,
    // This is more than the quota allows to wait, because a message that is not delivered at the connect is never
    // delivered.
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

/**
 * Delivers messages to this node's clients directly, and sends them to Redis for the other nodes. By itself
 * mqemitter-redis sends them to Redis and waits until they come back, so without Redis no client gets any message.
 * @param brokerId of this node's own messages; null until the broker is created
 * @param patience how long to wait until Redis has a subscription, ms. After that, Redis gets it without anybody
 * waiting
 */
function goLocalFirst(
  mq: RedisEmitter,
  lifeline: Lifeline,
  brokerId: () => string | null,
  patience: number,
): void {
  const local = mq._emit.bind(mq)
  const remote = mq.emit.bind(mq)

  // Own messages that come back from Redis were delivered already.
  mq._emit = (message, done) => {
    if (message.brokerId === brokerId()) return done?.()
    return local(message, done)
  }
  mq.emit = (message, done) => {
    if (mq.closed === true || mq.closing === true) return remote(message, done)
    if (lifeline.isUp())
      remote(message, (error) => {
        if (error) lifeline.failed(error)
      })
    return message.brokerId === brokerId() ? local(message, done) : mq._emit(message, done)
  }

  for (const name of ['on', 'removeListener'] as const) {
    const change = mq[name].bind(mq)
    mq[name] = (topic, listener, done = () => undefined) => {
      let open = true
      const finish = (): void => {
        if (!open) return
        open = false
        clearTimeout(timer)
        done()
      }
      const timer = setTimeout(finish, lifeline.isUp() ? patience : 0)
      return change(topic, listener, finish)
    }
  }
}

/**
 * The emitter sends QUIT, ignores the answer and waits for the end. If Redis is down, this causes an unhandled
 * rejection, which ends the process, or an endless wait.
 */
function leaveQuietly(conn: RedisLike): void {
  const quit = conn.quit.bind(conn)
  conn.quit = () =>
    within(quit(), FAREWELL_MS, 'Redis').catch(() => {
      conn.disconnect()
    })
}

/** aedes-persistence-redis ignores the answers of some commands. Without this, a rejection would end the process. */
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
