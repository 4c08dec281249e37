import { z } from 'zod'
import type { BrokerAdapter } from '../../../core/ports/broker.ts'
import { createExternalBroker } from '../external/broker.ts'
import type { ExternalBrokerOptions } from '../external/options.ts'
import { createControl, RESPONSE } from './control.ts'
import { createDirectory } from './directory.ts'
import { expiryOf, isLegacy } from './entry.ts'
import { createLegacyDirectory } from './legacy.ts'
import { readLogLine } from './log-lines.ts'
import { createRepair } from './repair.ts'

/** What `mosquittoBroker` is given: a service account that may use the dynamic security plugin. */
export interface MosquittoBrokerOptions extends ExternalBrokerOptions {
  /**
   * Ties each credential to its gateway's serial number as the client id, which is what Pilot is known to use (facts D1).
   * Without it one gateway could take over another's connection and stored messages by using its client id. @default true
   */
  readonly bindClientId?: boolean | undefined
}

/** Who comes and goes, as lines of the log. Without `log_dest topic` there are none. */
const LOG = '$SYS/broker/log/N'

/**
 * Mosquitto 2 with its dynamic security plugin: a client for each credential, a role for each gateway. The account of
 * this server needs the plugin's `admin` role. Right for hundreds of gateways: the plugin slows with its size.
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
              // Of ours and without an end: somebody has changed it.
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
