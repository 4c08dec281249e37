import { isSameUser } from '../devices/reservations.ts'
import type { BrokerAdapter, Principal } from '../ports/broker.ts'
import type { Logger } from '../ports/logger.ts'

/**
 * A broker that checks clients itself does not ask which user has a controller now. A user with credentials from an
 * earlier login could connect with the client id of the controller. The broker would then close the current connection.
 * So when a controller comes online, the credentials that other users still have for it are revoked.
 * @returns resolves when that is done, or was logged as failed
 */
export function createOutstanding(parts: {
  readonly broker: Pick<BrokerAdapter, 'credentialsOf' | 'revoke'>
  /** The user of a credential. Null: its session has ended. Rejects if the session store fails. */
  readonly identify: (credentialId: string) => Promise<Principal | null>
  readonly logger: Logger
}): (gateway: string, userId: string) => Promise<void> {
  const { broker, identify, logger } = parts
  return async (gateway, userId) => {
    // If the broker does not say who is connected, the platform does not know whose credentials to keep.
    if (broker.credentialsOf === undefined || userId === '') return
    try {
      for (const credentialId of await broker.credentialsOf(gateway)) {
        const owner = await identify(credentialId)
        if (owner === null || !isSameUser(owner.userId, userId)) await broker.revoke?.({ credentialId })
      }
    } catch (error) {
      logger.warn(
        { err: error, gateway },
        'Old credentials of other users for an online controller were not revoked, so they may close its connection. Check the broker.',
      )
    }
  }
}
