// An adapter for a broker that the package does not know: NATS 2.9, which speaks MQTT 3.1.1. It states what is special about NATS; the
// connection, its repair, health, the check of the options and the rest come from `createExternalBroker`.

import { type BrokerAdapter, createExternalBroker, type ExternalBrokerOptions } from 'dji-cloud'
import { z } from 'zod'

export interface NatsBrokerOptions extends ExternalBrokerOptions {
  /** The account of all controllers. NATS needs it in its configuration, with the rights that docs/brokers/write-an-adapter.md lists. */
  readonly controllers: { readonly username: string; readonly password: string }
  /** Address of NATS's monitoring, such as `http://127.0.0.1:8222`. Where it is given, the broker counts as up only when it is healthy. */
  readonly monitoring?: string | undefined
}

const account = z.strictObject({ username: z.string().min(1), password: z.string().min(1) })

/**
 * NATS keeps accounts in its configuration file, and does not tie a client id to an account: one controller could take over the
 * connection of another. So all share one account, which is **unsafe**, and production asks for `insecure: ['shared-account']`.
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

        // Asked before the connection counts as usable, and every minute after that. Any status but 200 rejects.
        upkeep: {
          async run() {
            await monitor?.call('GET', '/healthz?js-enabled=true')
          },
        },
      }
    },
  })
