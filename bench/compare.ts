import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { start, stop } from './child.ts'
import { type Measured, median } from './row.ts'

interface Server {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Load {
  /** CPU time of the server for one request, us. */
  readonly cost: number
  readonly perSecond: number
}

/** Number of fresh processes of both. Compilation and memory layout differ by a percent or two from process to process. */
const GENERATIONS = 4
const ROUNDS = 5
const ROUND_SECONDS = 0.4
const WARM_SECONDS = 1

interface Round {
  readonly a: Load
  readonly b: Load
}

/**
 * The cost of one request at `baseline`, divided by its cost at `subject`: 1 means no difference, 0.9 a tenth more work.
 * The cost is CPU time of the server's process. It limits the requests per second, and other work on the machine
 * disturbs it far less than time on the clock. Both servers are loaded in turn; the result is the median of all ratios.
 */
export async function compare(subject: readonly string[], baseline: readonly string[]): Promise<Measured> {
  const rounds: Round[] = []
  for (let generation = 0; generation < GENERATIONS; generation += 1)
    rounds.push(...(await duel(subject, baseline)))
  const of = (name: 'a' | 'b', what: keyof Load) => median(rounds.map((round) => round[name][what]))
  const half = (name: 'a' | 'b') =>
    `${of(name, 'cost').toFixed(1)} us (${Math.round(of(name, 'perSecond'))}/s)`
  return {
    value: median(rounds.map((round) => round.b.cost / round.a.cost)),
    detail: `${half('a')} against ${half('b')} a request`,
  }
}

async function duel(subject: readonly string[], baseline: readonly string[]): Promise<Round[]> {
  const children: ChildProcess[] = []
  const launch = async <Hello>(program: string, args: readonly string[]) => {
    const started = await start<Hello>(program, ...args)
    children.push(started.child)
    return started
  }
  try {
    const a = await launch<Server>('server.mjs', subject)
    const b = await launch<Server>('server.mjs', baseline)
    const generator = (await launch('generator.mjs', [])).child
    const under = (server: typeof a, seconds: number) => load(generator, server, seconds)

    await under(a, WARM_SECONDS)
    await under(b, WARM_SECONDS)
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      // The order is A B, B A, A B. So if the machine gets slower or faster meanwhile, both are affected.
      const first = await under(round % 2 === 0 ? a : b, ROUND_SECONDS)
      const second = await under(round % 2 === 0 ? b : a, ROUND_SECONDS)
      rounds.push(round % 2 === 0 ? { a: first, b: second } : { a: second, b: first })
    }
    return rounds
  } finally {
    await Promise.all(children.map(stop))
  }
}

/** Throws unless every answer has status 200. */
async function load(
  generator: ChildProcess,
  server: { readonly child: ChildProcess; readonly hello: Server },
  seconds: number,
): Promise<Load> {
  const before = await ask<number>(server.child, 'cpu')
  const result = await ask<{ answers: number; perSecond: number; faults: number }>(generator, {
    ...server.hello,
    seconds,
  })
  const after = await ask<number>(server.child, 'cpu')
  if (result.faults > 0) throw new Error(`${result.faults} answers of ${server.hello.url} were not 200`)
  return { cost: (after - before) / result.answers, perSecond: result.perSecond }
}

async function ask<Answer>(child: ChildProcess, question: string | object): Promise<Answer> {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer as Answer
}
