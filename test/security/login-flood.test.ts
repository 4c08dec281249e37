import { afterEach, describe, expect, it } from 'vitest'
import { customUsers, type DjiCloudOptions } from '../../src/index.ts'
import { PILOT, startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'

/*
 * Guesses at as many names, all at once. Looking at a password takes as long as the test says: it is the order of things
 * that counts, and the machine that runs this may be busy.
 */

let cloud: TestCloud
/** Guesses whose password is being looked at, each with how to end that. */
const looking: (() => void)[] = []
let woken = (): void => undefined
afterEach(async () => {
  for (const end of looking.splice(0)) end()
  await cloud.close()
})

const REFUSED = 403001
const THROTTLED = 429001
const BUSY = 503005

const user = { id: 'u1', username: PILOT.username, role: 'pilot', workspace: WORKSPACE } as const
const users = customUsers({
  authenticate: ({ username, password }) =>
    username === PILOT.username
      ? password === PILOT.password
        ? user
        : null
      : new Promise((resolve) => {
          looking.push(() =>
            resolve(username.startsWith('crew-') ? { ...user, id: username, username } : null),
          )
          woken()
        }),
  findById: () => user,
})

const logIn = (from: string, username: string, password: string) =>
  ask(cloud.url, '/manage/api/v1/login', { method: 'POST', from, body: { username, password, flag: 2 } })
const good = (from: string) => logIn(from, PILOT.username, PILOT.password)

async function start(options: DjiCloudOptions = {}): Promise<void> {
  cloud = await startCloud({ users, loginRateLimit: { concurrency: 3 }, ...options })
  expect((await good('127.0.0.9')).json.code).toBe(0)
}

const one = (): string => '127.0.0.66'
const many = (index: number): string => `127.0.1.${index + 1}`

/** Resolves when all guesses are there: so many are told to go away, three are looked at, the others wait. */
async function flood(
  count: number,
  from: (index: number) => string,
  sentAway: number,
  name = (index: number): string => `somebody-${index}`,
) {
  const answers: { code: number | undefined; retryAfter: unknown }[] = []
  let heard = (): void => undefined
  const all = Array.from({ length: count }, async (_, index) => {
    const { json, headers } = await logIn(from(index), name(index), 'a guess')
    answers.push({ code: json.code, retryAfter: headers['retry-after'] })
    heard()
  })
  while (answers.length < sentAway) await new Promise<void>((resolve) => (heard = resolve))
  const done = Promise.all(all)
  return {
    answers,
    /** Ends one look after the other until that login is answered. @returns how many that took */
    async until(login: Promise<unknown>): Promise<number> {
      let answered = false
      let ended = 0
      void login.then(() => {
        answered = true
        woken()
      })
      while (!answered) {
        const end = looking.shift()
        if (end === undefined) await new Promise<void>((resolve) => (woken = resolve))
        else {
          ended += 1
          end()
          // Its answer, and the start of the next one.
          await ask(cloud.url, '/nothing-is-here')
        }
      }
      return ended
    },
    async end(): Promise<void> {
      await this.until(done)
    },
  }
}

describe('100 guesses at 100 names', () => {
  it.each<[string, (index: number) => string, string, number]>([
    ['from one address: a good login from another one is soon next', one, '127.0.0.7', 77],
    ['from one address: who logged in from there before is, too', () => '127.0.0.9', '127.0.0.9', 77],
    ['from 100 addresses: who logged in before is soon next', many, '127.0.0.9', 0],
  ])('%s', async (_name, from, place, sentAway) => {
    await start()
    const guesses = await flood(100, from, sentAway)
    const login = good(place)
    expect(await guesses.until(login)).toBeLessThanOrEqual(8)
    expect((await login).json.code).toBe(0)
    await guesses.end()
  })

  it('from one address: most are told to come back, and only those that were looked at count', async () => {
    await start()
    const guesses = await flood(100, one, 77)
    expect(guesses.answers.map(({ code }) => code)).toEqual(Array(77).fill(THROTTLED))
    expect(guesses.answers.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true)
    await guesses.end()
    expect(guesses.answers.filter(({ code }) => code === REFUSED)).toHaveLength(23)
    expect((await good(one())).json.code).toBe(0)
    // 100 wrong passwords of one address are the limit.
    for (const count of [77, 77, 77, 77]) await (await flood(100, one, count)).end()
    expect((await good('127.0.0.7')).json.code).toBe(0)
    expect((await logIn(one(), 'somebody-else', 'a guess')).json.code).toBe(THROTTLED)
  })

  it('at one address, all of them right: all get in, a part with each try', async () => {
    await start()
    const waits = new Set<unknown>()
    let left = 100
    for (let tries = 0; left > 0 && tries < 6; tries += 1) {
      const crew = await flood(left, one, Math.max(0, left - 23), (index) => `crew-${tries}-${index}`)
      for (const { retryAfter } of crew.answers) waits.add(retryAfter)
      await crew.end()
      left -= crew.answers.filter(({ code }) => code === 0).length
    }
    expect(left).toBe(0)
    expect([...waits]).toEqual(['2'])
  })

  it('from the address of a pilot: who logged in there before gets in when all are counted, others do not', async () => {
    await start({ loginRateLimit: { concurrency: 3, perAddress: { attempts: 20, windowSeconds: 900 } } })
    const guesses = await flood(100, () => '127.0.0.9', 77)
    await guesses.end()
    expect((await logIn('127.0.0.9', 'somebody-else', 'a guess')).json.code).toBe(THROTTLED)
    expect((await good('127.0.0.9')).json.code).toBe(0)
  })

  it('from 100 addresses: no more wait than may, and the host hears of it', async () => {
    await start({ loginRateLimit: { queueLimit: 10, concurrency: 2 } })
    const throttled: number[] = []
    cloud.cloud.on('login.throttled', ({ retryAfterSeconds }) => throttled.push(retryAfterSeconds))
    const guesses = await flood(100, many, 88)
    expect(guesses.answers.map(({ code }) => code)).toEqual(Array(88).fill(BUSY))
    expect(throttled).toEqual(Array(88).fill(1))
    // A known one has a place all the same.
    const login = good('127.0.0.9')
    await guesses.until(login)
    expect((await login).json.code).toBe(0)
    await guesses.end()
  })

  it.each<[string, (index: number) => string, (index: number) => string, number]>([
    ['from one address at as many names', one, (index) => `somebody-${index}`, 77],
    ['from as many addresses at one name', many, () => 'somebody', 77],
    ['from as many addresses at as many names', many, (index) => `somebody-${index}`, 0],
  ])('%s: a login of one who was never here is among the next', async (_name, from, name, sentAway) => {
    await start()
    const guesses = await flood(100, from, sentAway, name)
    const login = good('127.77.0.7')
    expect(await guesses.until(login)).toBeLessThanOrEqual(4)
    expect((await login).json.code).toBe(0)
    await guesses.end()
  })

  it('at one name from 100 addresses: who has logged in from there before is not locked out', async () => {
    await start({ loginRateLimit: { perAccount: { attempts: 5, windowSeconds: 3600 } } })
    for (let index = 0; index < 6; index += 1) await logIn(many(index), PILOT.username, 'a guess')
    expect((await good('127.0.0.7')).json.code).toBe(THROTTLED)
    expect((await good('127.0.0.9')).json.code).toBe(0)
    // The limits of this address and name hold for guesses from there.
    for (let index = 0; index < 10; index += 1) await logIn('127.0.0.9', PILOT.username, 'a guess')
    expect((await good('127.0.0.9')).json.code).toBe(THROTTLED)
  })

  it('what waits for too long is answered with 503', async () => {
    await start({ loginRateLimit: { concurrency: 3, queueLimit: 77 } })
    // Three are looked at, 77 wait, and 21 were sent away.
    const guesses = await flood(101, many, 21)
    cloud.advance(1_000)
    // Asks, so that the queue looks at the time.
    const last = logIn('127.77.0.8', 'nobody', 'a guess')
    while (guesses.answers.length < 98) await ask(cloud.url, '/nothing-is-here')
    // All 77 that waited went.
    expect(guesses.answers.map(({ code }) => code)).toEqual(Array(98).fill(BUSY))
    await guesses.until(last)
    await guesses.end()
  })

  it('a look that fails gives its turn back', async () => {
    const failing = customUsers({
      authenticate: async ({ username }) => {
        if (username !== PILOT.username) throw new Error('the service is away')
        return user
      },
      findById: () => user,
    })
    await start({ users: failing })
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => logIn(many(index), `x${index}`, 'x')),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(503))
    expect((await good('127.0.0.7')).json.code).toBe(0)
  })
})
