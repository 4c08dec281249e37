import { type Flight, flight, memoryPerController, TICK_MS, WARM_CONTROLLERS } from '../fleet.ts'
import type { Row } from '../row.ts'

const SIZES = [100, 300, 1_000]
const MEMORY_CONTROLLERS = 500

const flights = new Map<number, Promise<Flight>>()
/** Each fleet is measured once, for all of its rows. */
const fly = (size: number): Promise<Flight> => {
  const known = flights.get(size) ?? flight(size)
  flights.set(size, known)
  return known
}

const percent = (share: number): string => `${Math.round(share * 100)}%`
const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

const rowsOf = (size: number): Row[] => [
  {
    name: `fleet of ${size}: p99 from publish to push beyond the tick`,
    goal: { atMost: 100 },
    unit: 'ms',
    async measure() {
      const { steady } = await fly(size)
      const { p50, p99, max, pushes, server, loopP99 } = steady
      return {
        value: p99 - TICK_MS,
        detail: `p50 ${p50}, p99 ${p99}, most ${max} ms with a tick of ${TICK_MS}; ${pushes} pushes in 10 s; server ${percent(server.cpu)} of a core, ${mib(server.rss)}, event loop p99 ${server.loopP99.toFixed(0)} ms, the generator's own ${loopP99.toFixed(0)} ms`,
      }
    },
  },
  {
    name: `fleet of ${size}: reports lost or out of order, newest missing`,
    goal: { atMost: 0 },
    unit: '',
    async measure() {
      const { sent, missing, server, steady, slow, storm } = await fly(size)
      const disorder = server.disorder + steady.disorder + slow.disorder + storm.disorder
      return {
        value: server.lost + disorder + missing,
        detail: `${sent} sent, ${server.lost} not heard, ${disorder} out of order, ${missing} watchers without the last; ${steady.skipped} of ${steady.pushes + steady.skipped} replaced by a newer one within the tick`,
      }
    },
  },
  {
    name: `fleet of ${size}: p99 beyond the tick with a client that takes nothing`,
    goal: { atMost: 100 },
    unit: 'ms',
    async measure() {
      const { slow } = await fly(size)
      return {
        value: slow.p99 - TICK_MS,
        detail: `p50 ${slow.p50}, p99 ${slow.p99} ms; server ${percent(slow.server.cpu)} of a core, ${mib(slow.server.rss)}`,
      }
    },
  },
  {
    name: `fleet of ${size}: all reconnect at once, until the last is answered`,
    goal: { atMost: 10 },
    unit: 's',
    async measure() {
      const { storm } = await fly(size)
      return {
        value: storm.took / 1_000,
        detail: `${storm.server.offline} shown offline meanwhile; then p50 ${storm.p50}, p99 ${storm.p99} ms`,
      }
    },
  },
]

const memory: Row = {
  name: 'memory per connected controller over bare aedes',
  goal: { atMost: 8 },
  unit: 'KiB',
  async measure() {
    const ours = await memoryPerController('platform', MEMORY_CONTROLLERS)
    const bare = await memoryPerController('bare', MEMORY_CONTROLLERS)
    return {
      value: (ours - bare) / 1024,
      detail: `${(ours / 1024).toFixed(1)} against ${(bare / 1024).toFixed(1)} KiB of heap and buffers each, of ${MEMORY_CONTROLLERS} beyond the first ${WARM_CONTROLLERS}`,
    }
  },
}

export const fleet: readonly Row[] = [...SIZES.flatMap(rowsOf), memory]
