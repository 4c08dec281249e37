import type { CloudEmitter } from '../events.ts'
import type { FleetEmitter } from '../fleet-signals.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { Registry } from './registry.ts'

/** Keeps the nicknames in views equal to those in the device store. */
export interface Nicknames {
  /** `DeviceStore.update`; a new nickname is shown at once, at every node. */
  readonly update: DeviceStore['update']
  /** Another node has changed it. */
  heard(serial: string, nickname: string | null): void
}

export function createNicknames(parts: {
  readonly devices: Pick<DeviceStore, 'get' | 'update'>
  readonly registry: Pick<Registry, 'rename'>
  readonly on: CloudEmitter['on']
  readonly logger: Logger
  /** Gets `shown` and `renamed`, for the other nodes. */
  readonly signals: FleetEmitter
}): Nicknames {
  const { devices, registry, on, logger, signals } = parts
  /** Counts changes. A nickname that was read before a change may be older than the change. */
  let changes = 0

  function show(serial: string, nickname: string | null): void {
    if (registry.rename(serial, nickname)) signals.emit('shown', serial)
  }

  async function read(serial: string): Promise<void> {
    const before = changes
    const record = await devices.get(serial)
    if (before !== changes) return read(serial)
    show(serial, record?.nickname ?? null)
  }

  const readLogged = (serial: string): void =>
    void read(serial).catch((error: unknown) =>
      logger.warn(
        { err: error, serial },
        'The device store did not answer, so lists do not show the nickname of a device. Check the store.',
      ),
    )

  on('gateway.online', ({ gateway }) => readLogged(gateway))
  on('aircraft.online', ({ aircraft }) => readLogged(aircraft))
  on('aircraft.moved', ({ aircraft }) => readLogged(aircraft))

  function heard(serial: string, nickname: string | null): void {
    changes += 1
    show(serial, nickname)
  }

  return {
    heard,
    async update(serial, workspaceId, change) {
      if (!(await devices.update(serial, workspaceId, change))) return false
      if (change.nickname !== undefined) {
        heard(serial, change.nickname)
        signals.emit('renamed', serial, change.nickname)
      }
      return true
    },
  }
}
