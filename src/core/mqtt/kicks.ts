import type { SessionService } from '../access/sessions.ts'
import type { Registry } from '../devices/registry.ts'
import type { BrokerAdapter, BrokerConnection, KickTarget } from '../ports/broker.ts'
import type { Logger } from '../ports/logger.ts'
import type { CredentialDesk } from './desk.ts'

/** Closes connections at the broker. If the broker fails, the error is logged. */
export interface Kicks {
  /** Closes a connection. The client may connect again. */
  close(target: KickTarget): void
  /** Closes a connection whose credentials are not valid any more. */
  expel(connection: BrokerConnection): void
}

export function createKicks(broker: Pick<BrokerAdapter, 'kick' | 'revoke'>, logger: Logger): Kicks {
  return {
    close: (target) =>
      void broker
        .kick(target)
        .catch((error: unknown) =>
          logger.warn({ err: error, ...target }, 'The broker did not close a connection. Check the broker.'),
        ),
    expel({ principal: { credentialId } }) {
      const closed: Promise<unknown> = broker.revoke?.({ credentialId }) ?? broker.kick({ credentialId })
      closed.catch((error: unknown) =>
        logger.error(
          { err: error, credentialId },
          'The broker did not close a connection that is not allowed. Check the broker.',
        ),
      )
    },
  }
}

/** @returns a function that closes a gateway's connections; with `revoke` it ends the gateway's sessions first */
export function createDisconnect(parts: {
  readonly broker: Pick<BrokerAdapter, 'kick' | 'revoke'>
  readonly registry: Pick<Registry, 'sessionsOf' | 'takeOffline'>
  readonly desk: Pick<CredentialDesk, 'sessionOf'>
  readonly sessions: Pick<SessionService, 'alive' | 'end'>
}): (gateway: string, revoke: boolean) => Promise<void> {
  const { broker, registry, desk, sessions } = parts

  /** The sessions of its connections, and that of its newest credentials, which may be about to connect. */
  async function revokeAll(gateway: string): Promise<void> {
    const ids = new Set(registry.sessionsOf(gateway))
    const newest = desk.sessionOf(gateway)
    if (newest !== null) ids.add(newest.id)
    for (const id of ids) {
      const session = await sessions.alive(id)
      if (session !== null) await sessions.end(session, 'revoked')
    }
  }

  return async (gateway, revoke) => {
    // The sessions end first. When a controller goes offline, its Pilot asks the platform at once, and then it has to
    // get a 401.
    try {
      if (revoke) await revokeAll(gateway)
    } finally {
      registry.takeOffline({ gateway }, 'forced')
      await (revoke && broker.revoke !== undefined ? broker.revoke({ gateway }) : broker.kick({ gateway }))
    }
  }
}
