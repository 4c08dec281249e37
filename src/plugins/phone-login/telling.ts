import type { PhoneContext } from './context.ts'
import type { Decision, Shelves } from './records.ts'

/**
 * Tells listeners what was decided. The node that heard the decision tells it. If the store's answer was lost there, the next press of a button or the
 * next poll of the controller tells it, on any node: each decision once. Only while the store does not say whether it was told, it
 * may be told twice, with the same `decisionId`: an audit trail can leave out the second one, but not add a missing one.
 */
export function createTelling(
  context: Pick<PhoneContext, 'emit'>,
  told: Shelves['told'],
  count: (outcome: 'approved' | 'denied') => void,
  keptMs: number,
) {
  return async function tell(decision: Decision): Promise<void> {
    if (!(await told.putNew(decision.id, true, keptMs).catch(() => true))) return
    const { id, kind, at, user, source, address, asking } = decision
    count(kind)
    context.emit(kind === 'approved' ? 'phone.approved' : 'phone.denied', {
      ...{ decisionId: id, at, userId: user.id, username: user.username, source, address },
      workspaceId: user.workspace.id,
      controllerAddress: asking.address,
      serial: asking.serial,
    })
  }
}
