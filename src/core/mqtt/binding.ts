import type { AccessDecision, Principal } from '../ports/broker.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { SessionStore } from '../ports/sessions.ts'
import { deny } from './access.ts'

export interface Binder {
  /**
   * Ties a credential without a gateway to one. Of several first uses at once, the first decides.
   * @returns null when the principal has a gateway now (not necessarily this one), otherwise the refusal
   */
  bind(principal: Principal, serial: string): Promise<AccessDecision | null>
}

export function createBinder(parts: {
  readonly devices: Pick<DeviceStore, 'claim'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  /** Its session may have ended since it connected. Rejects when the session store does. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  readonly onBound: (principal: Principal, gateway: string) => void
}): Binder {
  const { devices, sessions, isAlive, onBound } = parts
  const running = new WeakMap<Principal, Promise<unknown>>()

  async function attempt(principal: Principal, serial: string): Promise<AccessDecision | null> {
    if (principal.gateway !== null) return null
    if (principal.kind === 'gateway' && !(await isAlive(principal.sessionId))) return deny('session_ended')
    // Claimed before it is tied: a credential must not be lost to a serial number that another workspace holds.
    if ((await devices.claim(serial, principal.workspaceId)) !== principal.workspaceId)
      return deny('other_workspace')
    const gateway =
      principal.kind === 'anonymous'
        ? serial
        : await sessions.bindGateway(principal.sessionId, principal.credentialId, serial)
    principal.gateway = gateway
    onBound(principal, gateway)
    return null
  }

  return {
    bind(principal, serial) {
      const before = running.get(principal) ?? Promise.resolve()
      const outcome = before.then(() => attempt(principal, serial))
      running.set(
        principal,
        outcome.catch(() => undefined),
      )
      return outcome
    },
  }
}
