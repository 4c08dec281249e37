import { isSameUser } from '../devices/holding.ts'
import type { Registry } from '../devices/registry.ts'
import type { AccessDecision, Principal } from '../ports/broker.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { SessionStore } from '../ports/sessions.ts'
import { deny } from './access.ts'

export interface Binder {
  /**
   * Ties a credential without a gateway to one. Of several first uses at once, the first decides.
   * @returns null when the principal has a gateway now, otherwise the refusal. `other_gateway`: the credential belongs to
   * another controller. The principal then stays without one: its connection is not that controller's.
   */
  bind(principal: Principal, serial: string): Promise<AccessDecision | null>
  /** The controller that the principal's credential turned out to belong to, although it spoke for another. */
  ownerOf(principal: Principal): string | null
}

export function createBinder(parts: {
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  readonly registry: Pick<Registry, 'access' | 'linkedTo' | 'get'>
  /** Its session may have ended since it connected. Rejects when the session store does. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  /** The device is live with another user than this one. */
  readonly inUse: (serial: string, userId: string) => boolean
  /** Another connection speaks for this gateway now: who only knows a static account may not take it over. */
  readonly isTaken: (principal: Principal, serial: string) => boolean
  /** It is known as an aircraft. Rejects when the device store does. */
  readonly isAircraft: (serial: string) => Promise<boolean>
  readonly onBound: (principal: Principal, gateway: string) => void
  /** Told once for each connection. */
  readonly onStray: (principal: Principal, owner: string, serial: string) => void
}): Binder {
  const { devices, sessions, registry, isAlive, inUse, isTaken, isAircraft, onBound, onStray } = parts
  const running = new WeakMap<Principal, Promise<unknown>>()
  const owners = new WeakMap<Principal, string>()

  const isOf = (serial: string, owner: string): boolean =>
    serial === owner || registry.access(owner).has(serial)

  function controllerOf(aircraft: string, { kind, userId }: Principal): string | null {
    if (kind !== 'gateway') return null
    const own = registry
      .linkedTo(aircraft)
      .filter((one) => isSameUser(registry.get(one)?.userId ?? '', userId))
    return own.length === 1 ? (own[0] ?? null) : null
  }

  async function attempt(principal: Principal, serial: string): Promise<AccessDecision | null> {
    if (principal.gateway !== null) return null
    const known = owners.get(principal)
    // Remembered: a client that insists must not cost a question to the store for each packet.
    if (known !== undefined && !isOf(serial, known)) return deny('other_gateway')
    if (principal.kind === 'gateway' && !(await isAlive(principal.sessionId))) return deny('session_ended')
    // Asked before it is tied: a credential must not be lost to a serial number that another workspace holds.
    const holder = await devices.holder(serial)
    if (holder !== null && holder !== principal.workspaceId) return deny('other_workspace')
    if (inUse(serial, principal.userId)) return deny('in_use')
    if (principal.kind === 'legacy' && isTaken(principal, serial)) return deny('in_use')
    // An aircraft is no controller; but its user may begin with it, whose credential then belongs to its controller.
    const wanted = (await isAircraft(serial)) ? controllerOf(serial, principal) : serial
    if (wanted === null) return deny('is_aircraft')
    const gateway =
      principal.kind !== 'gateway'
        ? wanted
        : await sessions.bindGateway(principal.sessionId, principal.credentialId, wanted)
    if (!isOf(serial, gateway)) {
      if (known === undefined) onStray(principal, gateway, serial)
      owners.set(principal, gateway)
      return deny('other_gateway')
    }
    // Tied earlier, and somebody else's by now.
    if (gateway !== serial && inUse(gateway, principal.userId)) return deny('in_use')
    // Claimed after it is tied: a credential that is another controller's must not use up the workspace's devices.
    if ((await devices.claim(gateway, principal.workspaceId, principal.userId)) !== principal.workspaceId)
      return deny('other_workspace')
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
    ownerOf: (principal) => owners.get(principal) ?? null,
  }
}
