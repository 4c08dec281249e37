import { z } from 'zod'
import type { BrokerAdapter } from '../../core/ports/broker.ts'
import { createExternalBroker } from './external/broker.ts'
import type { ExternalBrokerOptions } from './external/options.ts'

/**
 * What `sharedAccountBroker` is given: the account of this server, and the one that all controllers share.
 */
export interface SharedAccountBrokerOptions extends ExternalBrokerOptions {
  /** The account that every controller is given. @default the server's own, as in DJI's demo */
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
 * One account for all: what DJI's demo does, for brokers that nobody can administer. **Unsafe**: whoever has logged in
 * once can speak and listen as every controller of every workspace, and keeps that after logging out, until the account
 * itself is changed. Nothing of it can be kicked or revoked here.
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
