import type { Commands } from '../mqtt/commands.ts'
import type { Question } from '../realtime/wire.ts'

/**
 * Carries out commands to a gateway that is connected to this node. They come from the host, or from another node for
 * its host.
 */
export type Orders = (question: Question) => Promise<unknown>

export function createOrders(parts: {
  readonly commands: Pick<Commands, 'call' | 'setProperties' | 'sendDrcCommand'>
  readonly disconnect: (gateway: string, revoke: boolean) => Promise<void>
}): Orders {
  const { commands, disconnect } = parts
  return async (question) => {
    const { gateway } = question
    if (question.what === 'disconnect') return disconnect(gateway, question.revoke)
    if (question.what === 'drc') return commands.sendDrcCommand(gateway, question.command)
    const options = question.timeoutMs === undefined ? {} : { timeoutMs: question.timeoutMs }
    return question.what === 'call'
      ? commands.call(gateway, question.method, question.data, options)
      : commands.setProperties(gateway, question.properties, options)
  }
}
