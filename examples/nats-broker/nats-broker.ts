// An adapter for a broker without a bundled adapter: NATS 2.9, which speaks MQTT 3.1.1. This file has only what is special about NATS.
// `createExternalBroker` does the rest: the connection, the reconnect, health and the check of the options.

import { type BrokerAdapter, createExternalBroker, type ExternalBrokerOptions } from 'dji-cloud'
import { z } from 'zod'

export interface NatsBrokerOptions extends ExternalBrokerOptions {
  /** The account of all controllers. NATS needs it in its configuration, with the rights that docs/brokers/write-an-adapter.md lists. */
  readonly controllers: { readonly username: string; readonly password: string }
  /** Address of NATS's monitoring, such as `http://127.0.0.1:8222`. If it is given, the broker is up only while NATS says that it is healthy. */
  readonly monitoring?: string | undefined
}

const account = z.strictObject({ username: z.string().min(1), password: z.string().min(1) })

/**
 * NATS keeps accounts in its configuration file, and does not tie a client id to an account: one controller could take over the
 * connection of another. So all controllers share one account. This is **unsafe**, and production refuses it without `insecure: ['shared-account']`.
 */
export const natsBroker = (options: NatsBrokerOptions): BrokerAdapter =>
  createExternalBroker({
    name: 'nats',
    factory: 'natsBroker',
    options,

    schema: (shape) =>
      z.strictObject({
        ...shape,
        // It answers MQTT 5 with "unacceptable protocol version".
        protocolVersion: z.literal(4, 'NATS speaks MQTT 3.1.1 only: leave it out').exactOptional(),
        controllers: account,
        monitoring: z.url({ protocol: /^https?$/ }).exactOptional(),
      }),

    setup({ options: { controllers, monitoring }, rest }) {
      const monitor = monitoring === undefined ? null : rest({ url: monitoring })
      return {
        credentials: { kind: 'shared', login: controllers },

        // NATS 2.9 closes the connection of a client that publishes with QoS 2.
        maxQos: 1,

        // Asked before the connection is used, and every minute after that. Rejects for any status other than 200.
        upkeep: {
          async run() {
            await monitor?.call('GET', '/healthz?js-enabled=true')
          },
        },
      }
    },
  })
