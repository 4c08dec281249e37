import { z } from 'zod'
import { madeWith } from '../../core/options/made-with.ts'
import type { BrokerAdapter, BrokerHost } from '../../core/ports/broker.ts'
import { adoptedLogger } from './adopted-logger.ts'
import { createLink, GATEWAY_TOPICS } from './external/link.ts'
import { controllerAddress, type ExternalBrokerOptions } from './external/options.ts'
import { external } from './external/schema.ts'

export interface SharedAccountBrokerOptions extends ExternalBrokerOptions {
  /** The account that every controller is given. @default the server's own, as in DJI's demo */
  readonly controllers?: { readonly username: string; readonly password: string } | undefined
}

const account = z.strictObject({ username: z.string().min(1), password: z.string().min(1) })

const schema = z.strictObject({ ...external, controllers: account.exactOptional() })

/**
 * One account for all: what DJI's demo does, for brokers that nobody can administer. **Unsafe**: whoever has logged in
 * once can speak and listen as every controller of every workspace, and keeps that after logging out, until the account
 * itself is changed. Nothing of it can be kicked or revoked here.
 */
export function sharedAccountBroker(given: SharedAccountBrokerOptions): BrokerAdapter {
  const options = madeWith('sharedAccountBroker', schema, given)
  const { username, password } = options.controllers ?? options
  const logger = adoptedLogger(options.logger)
  let host: BrokerHost | null = null
  const link = createLink({
    ...options,
    logger,
    subscriptions: GATEWAY_TOPICS,
    ready: async () => undefined,
    lost: () => undefined,
    message(topic, payload, retained) {
      // Retained: said before anybody knows when. Gateways of ours never retain.
      if (!retained) host?.received({ topic, payload, principal: null })
    },
  })
  return {
    name: 'shared account',
    capabilities: {
      credentials: 'shared',
      unboundCredentials: true,
      presence: 'inferred',
      dynamicAcl: true,
      kick: false,
      willAfterKick: true,
    },
    start(given) {
      host = given
      logger.adopt(given)
      logger.warn(
        {},
        'UNSAFE: all controllers share one MQTT account: each can speak and listen as every other one',
      )
      return link.start()
    },
    stop: link.stop,
    publish: link.publish,
    kick: async () => 0,
    issue: async () => ({ username, password }),
    health: link.health,
    address: () => controllerAddress(options),
  }
}
