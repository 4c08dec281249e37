import type { Logger } from '../ports/logger.ts'
import type { Nodes } from '../realtime/nodes.ts'
import type { Notebook } from './notebook.ts'
import type { Registry } from './registry.ts'

/** The gateways that were online before this process started. They are expected back. */
export interface Expected {
  /** Reads who that is. @returns begins the grace in which they have to be back */
  begin(): Promise<() => void>
  stop(): void
}

export function createExpected(parts: {
  readonly notebook: Pick<Notebook, 'returning'>
  readonly registry: Pick<Registry, 'resume' | 'endReturn'>
  /** Null: this node is alone. */
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
          'the device store did not say who was online before: who does not come back is not told as offline',
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
