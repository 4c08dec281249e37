import { beforeEach, expect, it } from 'vitest'
import { memorySessions } from '../../../src/adapters/sessions/memory.ts'
import { createKeyRing } from '../../../src/core/access/keys.ts'
import { createSessionWatch } from '../../../src/core/access/session-watch.ts'
import { createSessionService } from '../../../src/core/access/sessions.ts'
import { createTokenCodec } from '../../../src/core/access/tokens.ts'
import { createEmitter } from '../../../src/core/emitter.ts'
import {
  type EndedSession,
  type SessionStore,
  silentLogger,
  type User,
} from '../../../src/core/ports/index.ts'
import { fakeClock } from '../../support/mqtt-core.ts'
import { DAY, sessionOf, WORKSPACE_A } from '../../support/sessions.ts'

const USER: User = { id: 'user-1', username: 'amelia', role: 'pilot', workspace: WORKSPACE_A }
const AGE = 30 * DAY

let clock: ReturnType<typeof fakeClock>
let store: SessionStore
let told: string[]

beforeEach(() => {
  clock = fakeClock()
  store = memorySessions()
  told = []
})

/** One of several nodes, with all the session parts that are real. */
function node(name: string, live: string[] = []) {
  const emitter = createEmitter(silentLogger)
  const closed: string[] = []
  const sessionEnd = {
    run: async ({ sessionId, reason }: EndedSession) => void closed.push(`${sessionId} ${reason}`),
  }
  const sessions = createSessionService({
    ...{ store, clock, emit: emitter.emit },
    findUser: async () => USER,
    tokens: createTokenCodec(createKeyRing([], ['an obviously fake secret for these tests only'])),
    rules: {
      accessTtlMs: DAY,
      refreshWindowMs: DAY,
      refreshGraceMs: 1_000,
      sessionTtlMs: AGE,
      sessionsPerUser: 1_000,
    },
    inUse: () => new Set(),
    randomId: () => `${name}-${Math.random()}`,
    sessionEnd,
  })
  emitter.on('session.ended', ({ sessionId, reason }) => void told.push(`${name} ${sessionId} ${reason}`))
  const watch = createSessionWatch({
    ...{ store, sessions, clock, sessionEnd, logger: silentLogger, on: emitter.on },
    live: () => live,
  })
  return { sessions, watch, closed, live }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a session that reaches its end is told as expired, once for all nodes, and closed on each', async () => {
  const [one, two] = [node('one'), node('two')]
  const { session } = await one.sessions.open(USER, null)
  two.live.push(session.id)
  await two.watch.look()
  clock.advance(AGE - 60_000)
  for (const { watch } of [one, two]) watch.expire()
  await settled()
  expect([told, one.closed, two.closed]).toEqual([[], [], []])
  clock.advance(59_000)
  for (const { watch } of [one, two]) watch.expire()
  await settled()
  expect(told).toEqual([`one ${session.id} expired`])
  expect([one.closed, two.closed]).toEqual([[`${session.id} expired`], [`${session.id} expired`]])
  // The store still had it: Redis forgets at the end itself.
  expect(await store.get(session.id)).toMatchObject({ endReason: 'expired' })
  for (const { watch } of [one, two]) watch.expire()
  await settled()
  expect(told).toHaveLength(1)
})

it('what a node without a bus has of a session that ended elsewhere is closed, without a second word', async () => {
  const here = node('here', ['session-1', 'session-2'])
  await store.create(sessionOf(clock.now()))
  await here.watch.look()
  // The second is not known to the store: long over.
  expect(here.closed.splice(0)).toEqual(['session-2 expired'])
  here.live.pop()
  await store.end('session-1', 'revoked', clock.now())
  await here.watch.look()
  expect(here.closed).toEqual(['session-1 revoked'])
  clock.advance(AGE)
  here.watch.expire()
  await settled()
  expect(told).toEqual([])
})

it('closes what is over although the store is down, and tells of it when that is back', async () => {
  const here = node('here', ['session-1'])
  await store.create(sessionOf(clock.now()))
  await here.watch.look()
  clock.advance(AGE)
  const { end } = store
  store.end = () => Promise.reject(new Error('the store is down'))
  here.watch.expire()
  await settled()
  expect([told, here.closed]).toEqual([[], ['session-1 expired']])
  store.end = end
  await here.watch.look()
  await settled()
  expect(told).toEqual(['here session-1 expired'])
})
