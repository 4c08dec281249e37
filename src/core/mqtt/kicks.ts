import type { SessionService } from '../access/sessions.ts'
import type { Registry } from '../devices/registry.ts'
import type { BrokerAdapter, BrokerConnection, KickTarget } from '../ports/broker.ts'
import type { Logger } from '../ports/logger.ts'
import type { CredentialDesk } from './desk.ts'

/** Closes connections at the broker. A broker that fails is logged. */
export interface Kicks {
  /** It may connect again. */
  close(target: KickTarget): void
  /** Its credential is worth nothing any more. */
  expel(connection: BrokerConnection): void
}

export function createKicks(broker: Pick<BrokerAdapter, 'kick' | 'revoke'>, logger: Logger): Kicks {
  return {
    close: (target) =>
      void broker
        .kick(target)
        .catch((error: unknown) => logger.warn({ err: error, ...target }, 'kick failed')),
    expel({ principal: { credentialId } }) {
      const closed: Promise<unknown> = broker.revoke?.({ credentialId }) ?? broker.kick({ credentialId })
      closed.catch((error: unknown) => logger.error({ err: error, credentialId }, 'kick failed'))
    },
  }
}

/** @returns what closes a gateway's connections, and with `revoke` ends its sessions before */
export function createDisconnect(parts: {
  readonly broker: Pick<BrokerAdapter, 'kick' | 'revoke'>
  readonly registry: Pick<Registry, 'sessionsOf' | 'takeOffline'>
  readonly desk: Pick<CredentialDesk, 'sessionOf'>
  readonly sessions: Pick<SessionService, 'alive' | 'end'>
}): (gateway: string, revoke: boolean) => Promise<void> {
  const { broker, registry, desk, sessions } = parts

  /** What is on it, and the session that its newest credential is of, which may be on its way here. */
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
    // First the sessions: a pilot that hears of its being offline asks at once, and has to be told the truth.
    try {
      if (revoke) await revokeAll(gateway)
    } finally {
      registry.takeOffline({ gateway }, 'forced')
      await (revoke && broker.revoke !== undefined ? broker.revoke({ gateway }) : broker.kick({ gateway }))
    }
  }
}
