import type { Logger } from '../ports/logger.ts'
import type { Nodes } from '../realtime/nodes.ts'
import type { Notebook } from './notebook.ts'
import type { Registry } from './registry.ts'

/** The gateways that were online before this process started. They are expected back. */
export interface Expected {
  /** Reads them from the store. @returns begins the grace in which they have to come back */
  begin(): Promise<() => void>
  stop(): void
}

export function createExpected(parts: {
  readonly notebook: Pick<Notebook, 'returning'>
  readonly registry: Pick<Registry, 'resume' | 'endReturn'>
  /** Null: there are no other nodes. */
  readonly nodes: Pick<Nodes, 'expect'> | null
  readonly graceMs: number
  readonly logger: Logger
}): Expected {
  const { notebook, registry, nodes, graceMs, logger } = parts
  let timer: NodeJS.Timeout | undefined
  return {
    async begin() {
      const before = await notebook.returning().catch((error: unknown) => {
        logger.warn(
          { err: error },
          'The device store did not answer at the start. If a device was online before the start and does not come back, it will not be reported as offline. Check the store.',
        )
        return []
      })
      if (nodes !== null) return nodes.expect(before)
      for (const view of before) registry.resume(view)
      return () => {
        timer = setTimeout(registry.endReturn, graceMs)
        timer.unref()
      }
    },
    stop: () => clearTimeout(timer),
  }
}
