import type { SessionWatch } from './access/session-watch.ts'
import { startBeats } from './beats.ts'
import type { Notebook } from './devices/notebook.ts'
import type { Registry } from './devices/registry.ts'
import type { Telemetry } from './devices/telemetry.ts'
import type { Overdue } from './mqtt/overdue.ts'
import type { Unclaimed } from './mqtt/unclaimed.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Hub } from './realtime/hub.ts'
import type { Nodes } from './realtime/nodes.ts'

const DAY_MS = 24 * 3_600_000

/** What the fleet does regularly. @returns stops it */
export const startFleetBeats = (parts: {
  readonly registry: Pick<Registry, 'sweep'>
  readonly overdue: Pick<Overdue, 'sweep'>
  readonly hub: Pick<Hub, 'sweep'>
  /** Null: this node is alone. */
  readonly nodes: Pick<Nodes, 'beat'> | null
  readonly watch: Pick<SessionWatch, 'expire' | 'look'>
  readonly unclaimed: Pick<Unclaimed, 'beat'> | undefined
  readonly claimListed: () => unknown
  readonly notebook: Pick<Notebook, 'touch'>
  readonly telemetry: Pick<Telemetry, 'prune'>
  readonly clock: Clock
  readonly logger: Logger
}): (() => void) => {
  const { registry, overdue, hub, nodes, watch, unclaimed, claimListed, notebook, telemetry, clock, logger } =
    parts
  return startBeats(
    [
      { name: 'silence', everyMs: 1_000, run: registry.sweep },
      { name: 'what should have happened by now', everyMs: 5_000, run: overdue.sweep },
      { name: 'expired sockets', everyMs: 1_000, run: hub.sweep },
      { name: 'nodes', everyMs: 1_000, run: () => nodes?.beat() },
      { name: 'sessions that are too old', everyMs: 1_000, run: watch.expire },
      { name: 'controllers that nobody holds', everyMs: 5_000, run: () => unclaimed?.beat() },
      { name: 'sessions', everyMs: 15_000, run: watch.look },
      { name: 'controllers of static accounts', everyMs: 60_000, run: claimListed },
      { name: 'last seen', everyMs: 60_000, run: notebook.touch },
      { name: 'old telemetry', everyMs: 3_600_000, run: () => telemetry.prune(clock.now() - DAY_MS) },
    ],
    logger,
  )
}
