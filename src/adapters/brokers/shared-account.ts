import { z } from 'zod'
import type { BrokerAdapter } from '../../core/ports/broker.ts'
import { createExternalBroker } from './external/broker.ts'
import type { ExternalBrokerOptions } from './external/options.ts'

/** Options of `sharedAccountBroker`: the account of this server, and the one that all controllers share. */
export interface SharedAccountBrokerOptions extends ExternalBrokerOptions {
  /** The account that every controller gets. @default that of the server, as in DJI's demo */
  readonly controllers?:
    | {
        /** MQTT user name of all controllers. */
        readonly username: string
        /** MQTT password of all controllers. */
        readonly password: string
      }
    | undefined
}

const account = z.strictObject({ username: z.string().min(1), password: z.string().min(1) })

/**
 * One account for all controllers, as in DJI's demo, for brokers that cannot be administered. **Unsafe**: everybody who has logged
 * in once can publish and subscribe as every controller of every workspace, also after logging out, until the account itself is
 * changed. Its connections cannot be kicked, and it cannot be revoked.
 */
export const sharedAccountBroker = (given: SharedAccountBrokerOptions): BrokerAdapter =>
  createExternalBroker({
    name: 'shared account',
    factory: 'sharedAccountBroker',
    options: given,
    schema: (shape) => z.strictObject({ ...shape, controllers: account.exactOptional() }),
    setup({ options }) {
      const { username, password } = options.controllers ?? options
      return { credentials: { kind: 'shared', login: { username, password } } }
    },
  })
