import { TICK_MS } from '../fleet.ts'
import type { Row } from '../row.ts'
import { FAST, PILOT, type Rate, type Scale, scale } from '../scale.ts'

const FLEETS: readonly (readonly [number, Rate])[] = [
  [1_000, PILOT],
  [3_000, PILOT],
  [5_000, PILOT],
  [10_000, PILOT],
  [1_000, FAST],
  [3_000, FAST],
  [5_000, FAST],
]

const percent = (share: number): string => `${Math.round(share * 100)}%`

function rowsOf([controllers, rate]: readonly [number, Rate]): readonly Row[] {
  let measured: Promise<Scale> | undefined
  /** Each fleet is measured once, for all of its rows. */
  const fly = (): Promise<Scale> => {
    measured ??= scale(controllers, rate)
    return measured
  }
  const name = `scale, ${controllers} at ${rate.name}`
  const messages = controllers * (1_000 / rate.every) * (rate.both ? 2 : 1)
  return [
    {
      name: `${name}: p99 from publish to push beyond the tick`,
      goal: { atMost: 100 },
      unit: 'ms',
      async measure() {
        const { steady, watchers } = await fly()
        const { p50, p99, max, pushes, skipped, server } = steady
        return {
          value: p99 - TICK_MS,
          detail: `p50 ${p50}, p99 ${p99}, most ${max} ms; ${messages} reports a second; ${watchers} watchers got ${pushes} pushes in 15 s, and ${skipped} reports were replaced by newer ones; server ${percent(server.cpu)} of a core, event loop p99 ${server.loopP99.toFixed(0)} ms; generator ${percent(steady.cpu)}`,
        }
      },
    },
    {
      name: `${name}: shown offline, cut off, out of order, newest missing`,
      goal: { atMost: 0 },
      unit: '',
      async measure() {
        const { steady, storm, missing, server, sent } = await fly()
        const offline = steady.server.offline + storm.offline
        const disorder = steady.disorder + server.disorder
        return {
          value: offline + disorder + steady.cut + steady.gone + server.lost + missing,
          detail: `${sent} sent, ${server.lost} not heard, ${disorder} out of order, ${offline} offline, ${steady.cut} connections and ${steady.gone} WebSockets lost, ${missing} watchers without the last report of a device`,
        }
      },
    },
    {
      name: `${name}: CPU time of the server for one report and its pushes`,
      goal: { atMost: 200 },
      unit: 'us',
      async measure() {
        const { steady, memory } = await fly()
        return {
          value: (steady.server.cpu * 1e6) / messages,
          detail: `${percent(steady.server.cpu)} of a core for ${messages} reports a second; ${(memory / 1024).toFixed(0)} KiB of resident memory for a controller and its watcher`,
        }
      },
    },
    {
      name: `${name}: all reconnect at once, until the last is answered`,
      goal: { atMost: controllers / 500 },
      unit: 's',
      async measure() {
        const { storm } = await fly()
        return {
          value: storm.took / 1_000,
          detail: `${storm.offline} shown offline meanwhile, ${storm.retries} attempts were repeated, ${storm.unanswered} controllers not back after 60 s`,
        }
      },
    },
  ]
}

export const scales: readonly Row[] = FLEETS.flatMap(rowsOf)
