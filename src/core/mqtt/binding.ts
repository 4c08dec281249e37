import type { Registry } from '../devices/registry.ts'
import { isSameUser } from '../devices/reservations.ts'
import type { AccessDecision, Principal } from '../ports/broker.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { SessionStore } from '../ports/sessions.ts'
import { deny } from './access.ts'

export interface Binder {
  /**
   * Binds a credential without a gateway to one. If several first uses come at once, the first one decides.
   * @returns null if the principal has a gateway now, otherwise the refusal. `other_gateway`: the credential belongs to
   * another controller. Then the principal stays without a gateway, because this connection is not from that
   * controller.
   */
  bind(principal: Principal, serial: string): Promise<AccessDecision | null>
  /** The controller to which the credential belongs, if the principal used it for another one. */
  ownerOf(principal: Principal): string | null
}

export function createBinder(parts: {
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  readonly registry: Pick<Registry, 'access' | 'linkedTo' | 'get'>
  /** Its session may have ended since the client connected. Rejects if the session store fails. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  /** Whether a user other than this one has the device online. */
  readonly inUse: (serial: string, userId: string) => boolean
  /**
   * Whether another connection speaks for this gateway now. A client that only knows a static account must not replace
   * it.
   */
  readonly isTaken: (principal: Principal, serial: string) => boolean
  /** Whether it is known as an aircraft. Rejects if the device store fails. */
  readonly isAircraft: (serial: string) => Promise<boolean>
  readonly onBound: (principal: Principal, gateway: string) => void
  /** Called once for each connection. */
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
    // The refusal is kept. Otherwise a client that tries again and again would cost a query to the store for each
    // packet.
    if (known !== undefined && !isOf(serial, known)) return deny('other_gateway')
    if (principal.kind === 'gateway' && !(await isAlive(principal.sessionId))) return deny('session_ended')
    // Checked before binding: a credential must not be bound to a serial number that another workspace owns.
    const holder = await devices.holder(serial)
    if (holder !== null && holder !== principal.workspaceId) return deny('other_workspace')
    if (inUse(serial, principal.userId)) return deny('in_use')
    if (principal.kind === 'legacy' && isTaken(principal, serial)) return deny('in_use')
    // An aircraft is not a controller. But a controller may name its aircraft before itself. The credential then
    // belongs to the controller that holds the aircraft.
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
    // The credential was bound earlier, and another user has the device now.
    if (gateway !== serial && inUse(gateway, principal.userId)) return deny('in_use')
    // Claimed only after binding: a credential of another controller must not use up the device limit of the workspace.
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
