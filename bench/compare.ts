import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { start, stop } from './child.ts'
import { type Measured, median } from './row.ts'

interface Server {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

const ROUNDS = 9
const ROUND_SECONDS = 0.8
const WARM_SECONDS = 1.5

/**
 * Requests per second of `subject` over those of `baseline`. Both servers live the whole time and are loaded in turn,
 * so that whatever else the machine does hits both; the median of the rounds' ratios is the answer. Server and load
 * generator are processes of their own: on two cores neither takes the other's time.
 */
export async function compare(subject: readonly string[], baseline: readonly string[]): Promise<Measured> {
  const children: ChildProcess[] = []
  const launch = async <Hello>(program: string, args: readonly string[]) => {
    const started = await start<Hello>(program, ...args)
    children.push(started.child)
    return started
  }
  try {
    const a = (await launch<Server>('server.mjs', subject)).hello
    const b = (await launch<Server>('server.mjs', baseline)).hello
    const generator = (await launch('generator.mjs', [])).child
    const rate = (server: Server, seconds: number) => load(generator, server, seconds)

    await rate(a, WARM_SECONDS)
    await rate(b, WARM_SECONDS)
    const rounds: { a: number; b: number }[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      // A B, B A, A B: a drift of the machine favours neither.
      const first = await rate(round % 2 === 0 ? a : b, ROUND_SECONDS)
      const second = await rate(round % 2 === 0 ? b : a, ROUND_SECONDS)
      rounds.push(round % 2 === 0 ? { a: first, b: second } : { a: second, b: first })
    }
    const perSecond = (name: 'a' | 'b') => Math.round(median(rounds.map((round) => round[name])))
    return {
      value: median(rounds.map((round) => round.a / round.b)),
      detail: `${perSecond('a')} against ${perSecond('b')} requests/s`,
    }
  } finally {
    await Promise.all(children.map(stop))
  }
}

/** @returns requests per second; throws unless every single answer was a 200 */
async function load(generator: ChildProcess, server: Server, seconds: number): Promise<number> {
  generator.send({ ...server, seconds })
  const [result] = (await once(generator, 'message')) as [{ perSecond: number; faults: number }]
  if (result.faults > 0) throw new Error(`${result.faults} answers of ${server.url} were not 200`)
  return result.perSecond
}
