import type { Bus } from '../ports/bus.ts'
import type { Logger } from '../ports/logger.ts'
import type { NodeMessage } from './wire.ts'

/** Sends to all other nodes. A failure of the bus is logged only once until the bus works again. */
export interface NodeSender {
  send(message: NodeMessage): void
  /** Sends nothing from now on: a node that sends after its goodbye would look like a new one. */
  leave(): void
  /** From now on, failures of the bus are not logged. */
  stop(): void
}

export function createNodeSender(parts: {
  readonly id: string
  readonly bus: Pick<Bus, 'publish'>
  readonly logger: Logger
}): NodeSender {
  const { id, bus, logger } = parts
  let stopped = false
  let left = false
  let troubled = false

  function send(message: NodeMessage): void {
    if (left) return
    bus.publish(JSON.stringify({ v: 1, from: id, message })).then(
      () => {
        // All messages of that time were lost, in both directions.
        const back = troubled
        troubled = false
        if (back) send({ kind: 'hello' })
      },
      (error: unknown) => {
        // Logged once, and not for each of thousands of reports.
        if (!troubled && !stopped)
          logger.error(
            { err: error },
            'The bus accepts no messages, so other nodes do not learn what happens at this node. Check the bus. This is logged once until the bus works again.',
          )
        troubled = true
      },
    )
  }

  return {
    send,
    leave() {
      left = true
    },
    stop() {
      stopped = true
    },
  }
}
