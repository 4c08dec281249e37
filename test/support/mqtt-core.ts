import { memoryDevices } from '../../src/adapters/devices/memory.ts'
import type { RegistryParts } from '../../src/core/devices/registry.ts'
import { createTelemetry } from '../../src/core/devices/telemetry.ts'
import type { CloudEventName, CloudEvents } from '../../src/core/events.ts'
import { createCommands } from '../../src/core/mqtt/commands.ts'
import { createRequests, type GatewayLicense } from '../../src/core/mqtt/requests.ts'
import {
  type BrokerConnection,
  type Clock,
  type DeviceStore,
  type OutboundMessage,
  type Principal,
  type SessionStore,
  silentLogger,
  systemClock,
} from '../../src/core/ports/index.ts'

/** Every event in order, as `[name, payload]`, with shorthands for tests. */
export function recordEvents() {
  const events: { name: CloudEventName; event: CloudEvents[CloudEventName] }[] = []
  const waiting = new Set<() => void>()
  const emit: RegistryParts['emit'] = (name, event) => {
    events.push({ name, event })
    for (const check of waiting) check()
  }
  const of = <Name extends CloudEventName>(name: Name): CloudEvents[Name][] =>
    events.filter((one) => one.name === name).map((one) => one.event as CloudEvents[Name])
  return {
    /** Resolves with the first event of that name, past or to come, that fits. */
    first<Name extends CloudEventName>(
      name: Name,
      fits: (event: CloudEvents[Name]) => boolean = () => true,
    ): Promise<CloudEvents[Name]> {
      return new Promise((resolve) => {
        const check = (): void => {
          const found = of(name).find(fits)
          if (found === undefined) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      })
    },
    emit,
    events,
    /** `aircraft.online A1`, `gateway.offline G1 connection_lost`; empties the record. */
    take(): string[] {
      return events.splice(0).map(({ name, event }) => {
        const fields = event as { aircraft?: string; gateway?: string; serial?: string; reason?: string }
        return [name, fields.aircraft ?? fields.serial ?? fields.gateway, fields.reason]
          .filter(Boolean)
          .join(' ')
      })
    },
    of,
  }
}

export function fakeClock(start = 1_700_000_000_000): Clock & { advance(ms: number): void } {
  let now = start
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
  }
}

/** What the gateway protocol hands things on to: the real ones, with nobody behind them. */
export function protocolParts(
  publish: (message: OutboundMessage) => Promise<void>,
  license: GatewayLicense | null = null,
) {
  const commands = createCommands({ publish, clock: systemClock })
  return {
    telemetry: createTelemetry(),
    requests: createRequests({ license: () => license, logger: silentLogger }),
    commands,
    publish,
  }
}

/** The memory store. `trouble` makes it reject. */
export function fakeDevices(): DeviceStore & { trouble: Error | null } {
  const store = memoryDevices()
  const devices = {
    ...store,
    trouble: null as Error | null,
    async claim(serial: string, workspaceId: string, userId?: string) {
      if (devices.trouble !== null) throw devices.trouble
      return store.claim(serial, workspaceId, userId)
    },
    async holder(serial: string) {
      if (devices.trouble !== null) throw devices.trouble
      return store.holder(serial)
    },
  }
  return devices
}

export function fakeBindings(): Pick<SessionStore, 'bindGateway'> & { readonly calls: string[] } {
  const bound = new Map<string, string>()
  const calls: string[] = []
  return {
    calls,
    async bindGateway(sessionId, credentialId, gateway) {
      calls.push(gateway)
      const key = `${sessionId} ${credentialId}`
      const now = bound.get(key) ?? gateway
      bound.set(key, now)
      return now
    },
  }
}

export const principal = (
  gateway: string | null,
  workspaceId = 'W1',
  sessionId = 'S1',
  userId = 'U1',
): Principal => ({
  kind: 'gateway',
  sessionId,
  userId,
  workspaceId,
  credentialId: `${sessionId}.${gateway ?? 'any'}`,
  gateway,
})

let connections = 0

export const connection = (who: Principal, clientId = who.gateway ?? 'client'): BrokerConnection => {
  connections += 1
  return { id: String(connections), clientId, address: '127.0.0.1', principal: who }
}
