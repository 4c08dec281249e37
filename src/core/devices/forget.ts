import type { CredentialDesk } from '../mqtt/desk.ts'
import type { ReleasedDevice } from '../plugins/define.ts'
import type { BrokerAdapter } from '../ports/broker.ts'
import type { Sequence } from '../sequence.ts'
import type { Registry } from './registry.ts'
import type { Telemetry } from './telemetry.ts'

/**
 * @returns a function for a device that its workspace has released: it closes the device's connections at this node,
 * and forgets the device
 */
export function createForget(parts: {
  readonly registry: Pick<Registry, 'gatewayOf' | 'forget'>
  readonly telemetry: Pick<Telemetry, 'forget'>
  readonly desk: Pick<CredentialDesk, 'sync'>
  readonly broker: Pick<BrokerAdapter, 'kick'>
  readonly deviceReleased: Sequence<ReleasedDevice>
}): (serial: string, workspaceId: string) => Promise<void> {
  const { registry, telemetry, desk, broker, deviceReleased } = parts
  return async (serial, workspaceId) => {
    const gateway = registry.gatewayOf(serial)
    registry.forget(serial, workspaceId)
    telemetry.forget(serial)
    await desk.sync(gateway, serial)
    await broker.kick({ gateway: serial })
    await deviceReleased.run({ serial, workspaceId })
  }
}
