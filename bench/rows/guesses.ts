import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { start, stop } from '../child.ts'
import { median, type Row } from '../row.ts'

/** The number of guesses that are sent at the same time. Each one has its own name, address and provider. */
const GUESSES = 300
const ROUNDS = 3
/** The number of guesses that may wait. */
const ROOM = 200

interface Outcome {
  /** ms from the first request to the token. */
  readonly ms: number
  readonly tries: number
}

interface Round {
  readonly alone: number
  readonly behind: Outcome
  readonly among: Outcome
  readonly sentAway: number
  readonly p99: number
}

/** One login during the flood, by a client that tries again after the time in Retry-After. */
async function logIn(url: string, address: string): Promise<Outcome> {
  const began = performance.now()
  for (let tries = 1; ; tries += 1) {
    const { code, retryAfter } = await send(url, address, 'bench', 'bench')
    if (code === 0) return { ms: performance.now() - began, tries }
    if (retryAfter === null) throw new Error(`the login was answered with the code ${code}`)
    await sleep(retryAfter * 1000)
  }
}

async function send(url: string, address: string, username: string, password: string) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ username, password, flag: 2 }),
  })
  const { code } = (await answer.json()) as { readonly code: number }
  const retry = answer.headers.get('retry-after')
  return { code, retryAfter: retry === null ? null : Number(retry) }
}

async function round(index: number): Promise<Round> {
  const { child, hello } = await start<{ url: string }>('logins.mjs', 'guesses')
  const ask = async (question: string): Promise<unknown> => {
    child.send(question)
    const [answer] = await once(child, 'message')
    return answer
  }
  try {
    const { url } = hello
    await logIn(url, '192.0.2.1')
    // This name has not logged in from this address before, so the login counts as a stranger's, like all guesses.
    const alone = (await logIn(url, '192.0.2.2')).ms
    await ask('start')
    let among: Promise<Outcome> | undefined
    let sentAwayYet = 0
    const guesses = Array.from({ length: GUESSES }, (_, guess) => {
      if (guess === GUESSES / 2) among = logIn(url, `198.51.100.${index}`)
      const address = `${11 + (guess % 100)}.${Math.floor(guess / 100)}.0.1`
      return send(url, address, `guess-${guess}`, 'a guess').then((answer) => {
        if (answer.retryAfter !== null) sentAwayYet += 1
        return answer
      })
    })
    // When all guesses that have no place to wait were refused, all guesses have arrived.
    while (sentAwayYet < GUESSES - ROOM) await sleep(10)
    const behind = await logIn(url, `203.0.113.${index}`)
    const answers = await Promise.all(guesses)
    const { p99 } = (await ask('stop')) as { readonly p99: number }
    const sentAway = answers.filter(({ retryAfter }) => retryAfter !== null).length
    return { alone, behind, among: await (among ?? behind), sentAway, p99 }
  } finally {
    await stop(child)
  }
}

let measured: Promise<readonly Round[]> | undefined
const rounds = (): Promise<readonly Round[]> => {
  measured ??= (async () => {
    const all: Round[] = []
    for (let index = 1; index <= ROUNDS; index += 1) all.push(await round(index))
    return all
  })()
  return measured
}

const of = (all: readonly Round[], figure: (round: Round) => number): string =>
  all.map((one) => figure(one).toFixed(0)).join(', ')

export const guesses: readonly Row[] = [
  {
    name: `one good login of a stranger behind ${GUESSES} guesses from ${GUESSES} addresses`,
    goal: { atMost: 3_000 },
    unit: 'ms',
    async measure() {
      const all = await rounds()
      const value = median(all.map(({ behind }) => behind.ms))
      const ratio = median(all.map(({ behind, alone }) => behind.ms / alone))
      return {
        value,
        detail: `${of(all, ({ behind }) => behind.ms)} ms, ${ratio.toFixed(1)} times a login alone; guesses sent away ${of(all, ({ sentAway }) => sentAway)}; one that came in the midst of them, with Retry-After, ${of(all, ({ among }) => among.ms)} ms in ${of(all, ({ among }) => among.tries)} tries`,
      }
    },
  },
  {
    name: `event loop delay (p99) of the host during ${GUESSES} guesses`,
    goal: { atMost: 20 },
    unit: 'ms',
    async measure() {
      const all = await rounds()
      return {
        value: median(all.map(({ p99 }) => p99)),
        detail: all.map(({ p99 }) => p99.toFixed(1)).join(', '),
      }
    },
  },
]
