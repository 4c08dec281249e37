import type { BrokerAdapter, BrokerHealth } from '../../src/core/ports/index.ts'

export interface IdleBroker extends BrokerAdapter {
  status: BrokerHealth['status']
}

/** A broker that nobody connects to, for what is only about HTTP. */
export function idleBroker(more: Partial<BrokerAdapter> = {}): IdleBroker {
  const broker: IdleBroker = {
    name: 'idle',
    capabilities: {
      credentials: 'gateway',
      unboundCredentials: true,
      presence: 'reported',
      dynamicAcl: true,
      kick: true,
      willAfterKick: false,
      revocation: 'immediate',
    },
    status: 'up',
    start: async () => undefined,
    stop: async () => undefined,
    publish: async () => undefined,
    kick: async () => 0,
    health: () => ({ status: broker.status }),
    address: (hostname) => `tcp://${hostname}:1883`,
    ...more,
  }
  return broker
}
