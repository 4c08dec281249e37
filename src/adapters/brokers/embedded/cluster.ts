import { loadPeer } from '../../../core/packages.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { within } from '../../deadline.ts'
import type { AedesPersistence } from './aedes.ts'
import type { BrokerLimits } from './options.ts'
import { type RedisCommands, redisStore } from './redis-store.ts'
import type { SessionStore } from './sessions.ts'

/** What several nodes share, in aedes' own terms. */
export interface Cluster {
  readonly mq: unknown
  readonly persistence: AedesPersistence
  readonly store: SessionStore
  close(): Promise<void>
}

interface Emitter {
  readonly pubConn: Leaving
  readonly subConn: Leaving
  readonly state: { on(event: 'error', listener: (error: Error) => void): void }
}

interface Leaving extends RedisLike {
  quit(): Promise<unknown>
}

type NewEmitter = (options: Readonly<Record<string, unknown>>) => Emitter
type NewPersistence = (options: Readonly<Record<string, unknown>>) => AedesPersistence

const WANTED = "the embedded broker's option redis"

/**
 * Messages and stored sessions in Redis. The persistence has to be 12.0.0: the range that aedes itself asks for lacks
 * `cleanIncoming`, and has a known hole (facts brokers).
 */
export async function openCluster(url: string, limits: BrokerLimits, logger: Logger): Promise<Cluster> {
  const [emitters, persistences, redis] = await Promise.all([
    loadPeer<{ default: NewEmitter }>('mqemitter-redis', WANTED),
    loadPeer<{ default: NewPersistence }>('aedes-persistence-redis', WANTED, '12.0.0'),
    loadPeer<{ Redis: new (url: string) => RedisLike }>('ioredis', WANTED),
  ])
  const mq = emitters.default({
    connectionString: url,
    separator: '/',
    wildcardOne: '+',
    wildcardSome: '#',
    matchEmptyLevels: true,
  })
  // Without a listener a lost Redis would end the process. ioredis connects again by itself.
  mq.state.on('error', (error) => logger.warn({ err: error }, 'Redis of the MQTT broker failed'))
  for (const one of [mq.pubConn, mq.subConn]) leaveQuietly(one)
  const conn = new redis.Redis(url)
  conn.on('error', () => undefined)
  // Messages of the other nodes arrive once every connection stands. A Redis that is away is no reason not to start:
  // ioredis connects by itself.
  const standing = Promise.all([mq.pubConn, mq.subConn, conn].map(isReady))
  await within(standing, REACHED_MS, 'Redis').catch((err: unknown) =>
    logger.warn({ err }, 'Redis of the MQTT broker is not reached yet'),
  )
  const persistence = persistences.default({
    conn,
    // Whatever a node that died leaves behind goes with the longest session. Seconds.
    packetTTL: () => limits.sessionSeconds,
    // All that the quota leaves room for: what is not delivered on connect is not delivered.
    maxSessionDelivery: 10_000,
  })
  return {
    mq,
    persistence,
    store: redisStore(persistence, conn, limits),
    async close() {
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
function leaveQuietly(conn: Leaving): void {
  const quit = conn.quit.bind(conn)
  conn.quit = () =>
    within(quit(), FAREWELL, 'Redis').catch(() => {
      conn.disconnect()
    })
}

const isReady = (conn: RedisLike): Promise<void> =>
  conn.status === 'ready' ? Promise.resolve() : new Promise((resolve) => conn.once('ready', resolve))

interface RedisLike extends RedisCommands {
  readonly status: string
  on(event: 'error', listener: () => void): void
  once(event: 'ready', listener: () => void): void
  disconnect(): void
}
