import { z } from 'zod'
import type { BrokerAdapter } from '../../../core/ports/broker.ts'
import { createExternalBroker } from '../external/broker.ts'
import type { ExternalBrokerOptions } from '../external/options.ts'
import { createControl, RESPONSE } from './control.ts'
import { createDirectory, expiryOf, isLegacy } from './directory.ts'
import { createLegacyDirectory } from './legacy.ts'
import { readLogLine } from './log-lines.ts'
import { createRepair } from './repair.ts'

/** Options of `mosquittoBroker`: an account of this server that may use the dynamic security plugin. */
export interface MosquittoBrokerOptions extends ExternalBrokerOptions {
  /**
   * Whether a credential works only with its gateway's serial number as the client id, which Pilot is known to use (facts D1).
   * Without it one gateway could take over the connection and stored messages of another by using its client id. @default true
   */
  readonly bindClientId?: boolean | undefined
}

/** Log lines about who connects and disconnects. They need `log_dest topic` in the configuration of Mosquitto. */
const LOG = '$SYS/broker/log/N'

/**
 * Mosquitto 2 with its dynamic security plugin: one client for each credential, one role for each gateway. The account of this
 * server needs the plugin's role `admin`. Suited to hundreds of gateways, because the plugin gets slower with each client.
 */
export const mosquittoBroker = (given: MosquittoBrokerOptions): BrokerAdapter =>
  createExternalBroker({
    name: 'mosquitto',
    factory: 'mosquittoBroker',
    options: given,
    schema: (shape) => z.strictObject({ ...shape, bindClientId: z.boolean().exactOptional() }),
    setup({ options, logger, presence, publish, access }) {
      const control = createControl({ publish, timeout: options.timeoutMs ?? 10_000 })
      const directory = createDirectory({ control, bindClientId: options.bindClientId ?? true })
      const legacy = createLegacyDirectory({ control, sendAll: directory.sendAll, access, logger })
      const repair = createRepair({ directory, legacy, control, own: options.username, logger })
      return {
        credentials: {
          kind: 'accounts',
          put: directory.put,
          setAccess: directory.setAccess,
          list: async () =>
            (await directory.entries()).map((entry) => ({
              username: entry.username,
              // If an account has no expiry, somebody else has changed it. With 0 it ends now.
              expiresAt: isLegacy(entry) ? null : (expiryOf(entry) ?? 0),
            })),
          remove: directory.remove,
          removeCloses: true,
          legacyAccounts: true,
        },
        async kick({ usernames }) {
          await directory.bounce(usernames)
          return usernames.length
        },
        willAfterKick: false,
        presence: 'reported',
        topics: [RESPONSE, LOG],
        receive(topic, payload, retained) {
          if (topic === RESPONSE) return control.take(payload)
          const line = retained ? null : readLogLine(Buffer.from(payload).toString('utf8'))
          if (line?.kind === 'connected') presence.connected({ key: line.clientId, ...line })
          else if (line !== null) presence.disconnected(line.clientId)
        },
        upkeep: { run: repair },
        lost: control.reset,
      }
    },
  })
