import { type Heard, type Pushed, TICK_MS, withPrograms } from './fleet.ts'

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
    /** ms until the last one was answered. */
    readonly took: number
    readonly retries: number
    readonly unanswered: number
    readonly offline: number
  }
  readonly missing: number
  readonly sent: number
  readonly server: Heard
  /** Bytes of the server's memory for each controller with its watcher: rss after connecting, less before. */
  readonly memory: number
}

/** A process may open 20,000 files on many systems. The server needs one for each controller and one for each watcher. */
const FILES = 19_600
const PER_WORKSPACE = 20
const STEADY_MS = 15_000

export async function scale(controllers: number, rate: Rate): Promise<Scale> {
  const limits = { connectionsPerAddress: controllers + 10, connections: controllers + 10 }
  return withPrograms(
    'scale-load',
    ['platform', String(TICK_MS), JSON.stringify({ limits })],
    async ({ server, load }, hello) => {
      const each = Math.min(PER_WORKSPACE, Math.floor(((FILES - controllers) / controllers) * PER_WORKSPACE))
      const before: { rss: number } = await server('memory')
      await load('connect', { server: hello, count: controllers })
      await load('watch', { each })
      await load('fly', rate)
      await load('measure', { ms: 2 * rate.every })
      await server('mark')
      await load('reset')
      const pushed: Omit<Scale['steady'], 'server'> = await load('measure', { ms: STEADY_MS })
      const heard: Heard = await server('figures')
      const after: { rss: number } = await server('memory')
      await server('mark')
      const back: Omit<Scale['storm'], 'offline'> = await load('storm')
      const during: Heard = await server('figures')
      const landed: { missing: number; sent: number } = await load('land', { settle: 4 * TICK_MS })
      return {
        controllers,
        watchers: (controllers / PER_WORKSPACE) * each,
        rate,
        steady: { ...pushed, server: heard },
        storm: { ...back, offline: during.offline },
        ...landed,
        server: await server('figures'),
        memory: (after.rss - before.rss) / controllers,
      }
    },
  )
}
