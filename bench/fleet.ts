import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { start, stop } from './child.ts'

/** The interval of the telemetry in ms: the platform's default. */
export const TICK_MS = 500
const STEADY_MS = 10_000
const TROUBLE_MS = 5_000
/** With fewer controllers, the code that V8 compiles meanwhile would count as their memory: 2 KiB for each of 500. */
export const WARM_CONTROLLERS = 400

export interface Pushed {
  readonly pushes: number
  readonly disorder: number
  readonly skipped: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Delay of the generator itself, ms. */
  readonly loopP99: number
}

export interface Heard {
  readonly reports: number
  readonly lost: number
  readonly disorder: number
  readonly online: number
  readonly offline: number
  /** The share of one core. */
  readonly cpu: number
  readonly rss: number
  readonly loopP99: number
}

export interface Flight {
  readonly steady: Pushed & { readonly server: Heard }
  /** The result while one client reads nothing. */
  readonly slow: Pushed & { readonly server: Heard; readonly caughtUp: number }
  /** All controllers reconnect at once: ms until the last one was answered. */
  readonly storm: Pushed & { readonly server: Heard; readonly took: number }
  readonly sent: number
  /** Pairs of watcher and device where the watcher does not have the last report. */
  readonly missing: number
  readonly server: Heard
}

interface Programs {
  readonly server: (ask: string) => Promise<never>
  readonly load: (work: string, more?: object) => Promise<never>
}

/** Starts a server with these arguments and a generator, and stops both afterwards. */
export async function withPrograms<T>(
  generator: 'fleet-load' | 'scale-load',
  args: readonly string[],
  use: (programs: Programs, hello: object) => Promise<T>,
): Promise<T> {
  const children: ChildProcess[] = []
  const launch = async (program: string, ...rest: readonly string[]) => {
    const started = await start<object>(program, ...rest)
    children.push(started.child)
    return started
  }
  try {
    const server = await launch('fleet-server.mjs', ...args)
    const load = (await launch(`${generator}.mjs`)).child
    return await use(
      {
        server: (ask) => exchange(server.child, { ask }),
        async load(work, more = {}) {
          const { done, failed } = await exchange<{ done: never; failed?: string }>(load, {
            do: work,
            ...more,
          })
          if (failed !== undefined) throw new Error(`${generator} ${work}: ${failed}`)
          return done
        },
      },
      server.hello,
    )
  } finally {
    await Promise.all(children.map(stop))
  }
}

async function exchange<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const done = new AbortController()
  const { signal } = done
  try {
    const answer = Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`ended with ${code}`))),
    ])
    child.send(message)
    const [first] = (await answer) as [Answer]
    return first
  } finally {
    done.abort()
  }
}

/** Measures controllers with one watcher each, reporting every 500 ms: steady, with a slow client, and after all reconnected at once. */
export const flight = (controllers: number): Promise<Flight> =>
  withPrograms('fleet-load', ['platform', String(TICK_MS)], async ({ server, load }, hello) => {
    await load('connect', { server: hello, count: controllers })
    await load('watch')
    await load('fly')
    await load('measure', { ms: 3_000 })
    const measured = async (ms: number) => {
      await server('mark')
      await load('reset')
      const pushed: Pushed = await load('measure', { ms })
      return { ...pushed, server: (await server('figures')) as Heard }
    }
    const steady = await measured(STEADY_MS)
    await load('slow')
    const slow = await measured(TROUBLE_MS)
    const { caughtUp }: { caughtUp: number } = await load('wake')
    await server('mark')
    const { took }: { took: number } = await load('storm')
    const during: Heard = await server('figures')
    const storm = await measured(TROUBLE_MS)
    const { missing, sent }: { missing: number; sent: number } = await load('land', { settle: 3 * TICK_MS })
    return {
      steady,
      slow: { ...slow, caughtUp },
      storm: { ...storm, took, server: { ...storm.server, online: during.online, offline: during.offline } },
      missing,
      sent,
      server: await server('figures'),
    }
  })

/** Bytes of memory for each connected controller that has sent its topology and one report. */
export const memoryPerController = (kind: 'platform' | 'bare', controllers: number): Promise<number> =>
  withPrograms('fleet-load', [kind, String(TICK_MS)], async ({ server, load }, hello) => {
    const count = WARM_CONTROLLERS
    // The first controllers also cause work that is done only once, such as compiling and filling caches.
    await load('connect', { server: hello, count })
    await load('greet')
    const before: { heap: number } = await server('memory')
    await load('more', { count: controllers })
    await load('greet')
    const after: { heap: number } = await server('memory')
    return (after.heap - before.heap) / controllers
  })
