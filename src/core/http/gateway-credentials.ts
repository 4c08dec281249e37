import type { HostSessionParts } from '../access/host-sessions.ts'
import type { MqttCredential } from '../access/mqtt-credentials.ts'
import { isLimit } from '../devices/holdings.ts'
import { DjiCloudError } from '../errors.ts'
import { isUsable } from '../ports/broker.ts'
import type { Session, User } from '../ports/index.ts'
import { reach } from '../promises.ts'
import { createClaims } from './claim.ts'
import type { Services } from './handlers/services.ts'

/** Who asks for the credentials of a controller. */
export interface GatewayOwner extends Pick<Session, 'userId' | 'workspaceId'> {
  /** Remote IP address, for the audit trail; null: nobody asked over a network. */
  readonly address: string | null
}

/** The two steps to MQTT credentials for one controller. */
export interface GatewayCredentials {
  /**
   * Claims the controller for the workspace of the session. An aircraft that cannot be claimed is left out.
   * @param field the field of the caller's input, for the error
   * @returns the aircraft that the broker gets together with the credentials
   * @throws BROKER_UNAVAILABLE, OTHER_WORKSPACE, DEVICE_IN_USE, DEVICE_LIMIT, STORE_UNAVAILABLE
   */
  hold(
    owner: GatewayOwner,
    gateway: string,
    more: { readonly field: string; readonly aircraft?: string | null | undefined },
  ): Promise<readonly string[]>
  /** @throws BROKER_UNAVAILABLE */
  issue(session: Session, gateway: string, aircraft: readonly string[]): Promise<MqttCredential>
}

type Needs = Pick<Services, 'credentials' | 'devices' | 'live' | 'isAircraft' | 'broker' | 'emit' | 'clock'>

export function createGatewayCredentials(services: Needs): GatewayCredentials {
  const { credentials, devices, live, broker } = services
  const claims = createClaims(services)

  /**
   * The aircraft that the page saw, for brokers whose rules cannot be changed later. It is left out if another
   * workspace owns it, if another user has it in use, or if it exceeds a limit.
   */
  async function ownAircraft(
    serial: string | null | undefined,
    { workspaceId, userId }: GatewayOwner,
  ): Promise<string[]> {
    if (broker.capabilities.dynamicAcl || serial === null || serial === undefined || serial === '') return []
    const holder = await reach(devices.claim(serial, workspaceId, userId)).catch((error: unknown) => {
      if (isLimit(error)) return null
      throw error
    })
    return holder === workspaceId && !live.inUse(serial, userId) ? [serial] : []
  }

  return {
    async hold(owner, serial, { field, aircraft }) {
      if (!isUsable(broker.health()))
        throw new DjiCloudError('BROKER_UNAVAILABLE', { headers: { 'retry-after': '5' } })
      const who = { session: owner, request: owner }
      const before = await claims.claim({ serial, field, ...who })
      await claims.mayConnect({ serial, field })
      if (before === null) claims.tell('device.bound', { serial, ...who })
      return ownAircraft(aircraft, owner)
    },
    async issue(session, gateway, aircraft) {
      const issued = await credentials.issue(session, gateway, aircraft)
      if (issued === null) throw new DjiCloudError('BROKER_UNAVAILABLE')
      return issued
    },
  }
}

/** The credentials of sessions that a host or a plugin opens: there is no request that says where the broker is. */
export function createHostMqtt(services: Needs & Pick<Services, 'options'>): HostSessionParts['mqtt'] {
  const { options, credentials, broker } = services
  const gateways = createGatewayCredentials(services)
  const publicHost = options.publicUrl === undefined ? 'localhost' : new URL(options.publicUrl).hostname
  return {
    hold: ({ id, workspace }: User, gateway, address) =>
      gateways.hold({ userId: id, workspaceId: workspace.id, address }, gateway, { field: 'gateway' }),
    async issue(session, gateway, aircraft, hostname) {
      const issued =
        gateway === null
          ? isUsable(broker.health()) && (await credentials.issue(session, null).catch(() => null))
          : await gateways.issue(session, gateway, aircraft)
      if (!issued) return null
      return { host: options.mqtt.url ?? broker.address(hostname ?? publicHost), ...issued }
    },
  }
}
