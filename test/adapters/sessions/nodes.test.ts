import { expect, test } from 'vitest'
import { redisSessions } from '../../../src/adapters/sessions/redis.ts'
import { sqlSessions } from '../../../src/adapters/sessions/sql.ts'
import { createKeyRing } from '../../../src/core/access/keys.ts'
import { createSessionService } from '../../../src/core/access/sessions.ts'
import { createTokenCodec } from '../../../src/core/access/tokens.ts'
import type { CloudEventName } from '../../../src/core/events.ts'
import type { SessionStore, User } from '../../../src/core/ports/index.ts'
import { manualClock } from '../../support/clock.ts'
import { DAY, HOUR, WORKSPACE_A } from '../../support/sessions.ts'
import { withPostgres, withRedis, withSqlite } from '../../support/stores.ts'

const RULES = {
  accessTtlMs: 12 * HOUR,
  refreshWindowMs: 7 * DAY,
  refreshGraceMs: 30_000,
  sessionTtlMs: 30 * DAY,
  sessionsPerUser: 1_000,
}

/** Two hundred requests at once, on a slow machine: what becomes of those without an answer is not what is tested here. */
const timeoutMs = 20_000

withRedis('two nodes on one redis', (redis) => suite(() => redisSessions({ url: redis().url, timeoutMs })))
withPostgres('two nodes on one postgresql', (node) => suite(() => sqlSessions({ db: node(), timeoutMs })))
withSqlite('two nodes on one sqlite file', (node) => suite(() => sqlSessions({ db: node(), timeoutMs })))

/** Two services as two processes would have them: the same secret, the same data, nothing else in common. */
function suite(store: () => SessionStore): void {
  const setUp = () => {
    const clock = manualClock()
    const user: User = { id: crypto.randomUUID(), username: 'amelia', role: 'pilot', workspace: WORKSPACE_A }
    const events: CloudEventName[] = []
    const ended: string[] = []
    const stores = [store(), store()]
    const nodes = stores.map((store) =>
      createSessionService({
        store,
        findUser: async () => user,
        tokens: createTokenCodec(createKeyRing([], ['an obviously fake secret for these tests only'])),
        rules: RULES,
        inUse: () => new Set(),
        clock,
        randomId: () => crypto.randomUUID(),
        emit: (name) => void events.push(name),
        sessionEnd: { run: async ({ reason }) => void ended.push(reason) },
      }),
    )
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
    const close = () => Promise.all(stores.map((store) => store.close?.()))
    return { a, b, clock, user, events, ended, close }
  }
  type World = ReturnType<typeof setUp>
  const inWorld = (body: (world: World) => Promise<void>) => async () => {
    const world = setUp()
    await body(world).finally(world.close)
  }
  const refreshes = ({ a, b }: World, token: string, count = 200) =>
    Array.from({ length: count }, (_, index) => (index % 2 === 0 ? a : b).refresh(token, null))

  test(
    'two hundred refreshes of one token at once make one lineage, and log nobody out',
    inWorld(async (world) => {
      const { a, b, clock, events, ended } = world
      let { token } = await a.open(world.user, null)
      for (let turn = 1; turn <= 3; turn += 1) {
        clock.advance(HOUR)
        const answers = await Promise.all(refreshes(world, token))
        const tokens = new Set(answers.map((answer) => answer.token))
        expect(tokens.size).toBe(1)
        expect(events.filter((name) => name === 'token.refreshed')).toHaveLength(turn)
        token = answers[0]!.token
        await expect(b.require(token)).resolves.toMatchObject({ userId: world.user.id })
      }
      expect(ended).toEqual([])
    }),
  )

  test(
    'a spent token shown to both nodes at once ends the session once',
    inWorld(async (world) => {
      const { a, b, clock, ended, events } = world
      const { token } = await a.open(world.user, null)
      const newest = await b.refresh(token, null)
      clock.advance(RULES.refreshGraceMs)
      const answers = await Promise.allSettled(refreshes(world, token, 100))
      expect(answers.filter(({ status }) => status === 'fulfilled')).toEqual([])
      expect(ended).toEqual(['reused'])
      expect(events.slice(-2)).toEqual(['token.reused', 'session.ended'])
      expect(events.filter((name) => name === 'token.reused')).toHaveLength(1)
      for (const node of [a, b])
        await expect(node.require(newest.token)).rejects.toMatchObject({ code: 'SESSION_ENDED' })
    }),
  )

  test(
    'what one node ends, the other refuses at once',
    inWorld(async ({ a, b, user }) => {
      const tokens = [(await a.open(user, null)).token, (await b.open(user, null)).token]
      await expect(a.endAll({ userId: user.id })).resolves.toBe(2)
      for (const token of tokens)
        for (const node of [a, b])
          await expect(node.require(token)).rejects.toMatchObject({ code: 'SESSION_ENDED' })
    }),
  )
}
