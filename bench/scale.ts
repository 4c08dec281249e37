import { start, stop } from './child.ts'
import { exchange, type Heard, type Pushed, TICK_MS } from './fleet.ts'

/** How the controllers of a fleet report. */
export interface Rate {
  readonly name: string
  /** ms between two reports of a device. */
  readonly every: number
  /** The controller reports too, not only its aircraft. */
  readonly both: boolean
}

/** Facts D5: Pilot reports the controller and the aircraft every 2 s each. */
export const PILOT: Rate = { name: "Pilot's own rate", every: 2_000, both: true }
export const FAST: Rate = { name: '2 Hz', every: 500, both: false }

export interface Scale {
  readonly controllers: number
  readonly watchers: number
  readonly rate: Rate
  readonly steady: Pushed & {
    readonly server: Heard
    readonly cpu: number
    readonly cut: number
    readonly gone: number
  }
  readonly storm: {
    readonly took: number
    readonly retries: number
    readonly unanswered: number
    readonly offline: number
  } | null
  readonly missing: number
  readonly sent: number
  readonly server: Heard
  /** Bytes of the server's memory for each controller with its watcher: rss after connecting, less before. */
  readonly memory: number
}

/** A process may open 20,000 files on many systems. The server needs one for each controller and one for each watcher. */
const FILES = 19_600
const PER_WORKSPACE = 20

export async function scale(
  controllers: number,
  rate: Rate,
  { steadyMs = 15_000, storm = true, more = {} }: { steadyMs?: number; storm?: boolean; more?: object } = {},
): Promise<Scale> {
  const limits = { connectionsPerAddress: controllers + 10, connections: controllers + 10 }
  const server = await start<object>(
    'fleet-server.mjs',
    'platform',
    String(TICK_MS),
    JSON.stringify({ limits, ...more }),
  )
  const load = await start<object>('scale-load.mjs')
  const ask = <Answer>(question: string): Promise<Answer> => exchange(server.child, { ask: question })
  const work = async <Answer>(what: string, parts: object = {}): Promise<Answer> => {
    const { done, failed } = await exchange<{ done: Answer; failed?: string }>(load.child, {
      do: what,
      ...parts,
    })
    if (failed !== undefined) throw new Error(`scale-load ${what}: ${failed}`)
    return done
  }
  try {
    const each = Math.min(PER_WORKSPACE, Math.floor(((FILES - controllers) / controllers) * PER_WORKSPACE))
    const before = await ask<{ rss: number }>('memory')
    await work('connect', { server: server.hello, count: controllers })
    await work('watch', { each })
    await work('fly', rate)
    await work('measure', { ms: 2 * rate.every })
    await ask('mark')
    await work('reset')
    const pushed = await work<Scale['steady']>('measure', { ms: steadyMs })
    const heard = await ask<Heard>('figures')
    const after = await ask<{ rss: number }>('memory')
    await ask('mark')
    const back = storm ? await work<{ took: number; retries: number; unanswered: number }>('storm') : null
    const during = await ask<Heard>('figures')
    const landed = await work<{ missing: number; sent: number }>('land', { settle: 4 * TICK_MS })
    return {
      controllers,
      watchers: (controllers / PER_WORKSPACE) * each,
      rate,
      steady: { ...pushed, server: heard },
      storm: back === null ? null : { ...back, offline: during.offline },
      ...landed,
      server: await ask('figures'),
      memory: (after.rss - before.rss) / controllers,
    }
  } finally {
    await Promise.all([stop(server.child), stop(load.child)])
  }
}
