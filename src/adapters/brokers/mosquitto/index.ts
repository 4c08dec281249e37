import { z } from 'zod'
import { madeWith } from '../../../core/options/made-with.ts'
import type { BrokerAdapter, BrokerHost } from '../../../core/ports/broker.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { createInOrder } from '../external/in-order.ts'
import { createLink, GATEWAY_TOPICS } from '../external/link.ts'
import { controllerAddress, type ExternalBrokerOptions } from '../external/options.ts'
import { external } from '../external/schema.ts'
import { createToldPresence } from '../external/told-presence.ts'
import { createControl, RESPONSE } from './control.ts'
import { createDirectory } from './directory.ts'
import { createLegacyDirectory } from './legacy.ts'
import { takeLogLine } from './log-presence.ts'
import { repairDrift } from './repair.ts'

export interface MosquittoBrokerOptions extends ExternalBrokerOptions {
  /**
   * Ties each credential to its gateway's serial number as the client id, which is what Pilot is known to use (facts D1).
   * Without it one gateway could take over another's connection and stored messages by using its client id. @default true
   */
  readonly bindClientId?: boolean | undefined
}

const schema = z.strictObject({ ...external, bindClientId: z.boolean().exactOptional() })

const LOG = '$SYS/broker/log/N'
/** Mosquitto knows no expiry: credentials that have run out are removed by us. Milliseconds. */
const SWEEP_MS = 60_000

/**
 * Mosquitto 2 with its dynamic security plugin: a client for each credential, a role for each gateway. The account of
 * this server needs the plugin's `admin` role. Right for hundreds of gateways: the plugin slows with its size.
 */
export function mosquittoBroker(given: MosquittoBrokerOptions): BrokerAdapter {
  const options = madeWith('mosquittoBroker', schema, given)
  const logger = adoptedLogger(options.logger)
  const orphans = new Set<string>()
  let host: BrokerHost | null = null
  let sweep: NodeJS.Timeout | undefined

  const link = createLink({
    ...options,
    logger,
    subscriptions: [RESPONSE, LOG, ...GATEWAY_TOPICS],
    async ready() {
      if (host !== null) await repairDrift({ ...repair, host })
    },
    lost() {
      control.reset()
      presence.only(new Set())
    },
    message(topic, payload, retained) {
      if (topic === RESPONSE) control.take(payload)
      else if (retained) return
      else if (topic === LOG) takeLogLine(Buffer.from(payload).toString('utf8'), presence)
      else inOrder.run(() => host?.received({ topic, payload, principal: null }))
    },
  })
  const control = createControl({
    publish: (topic, payload) => link.publish({ topic, payload, qos: 1 }),
    timeout: options.timeoutMs ?? 10_000,
  })
  const directory = createDirectory({ control, bindClientId: options.bindClientId ?? true })
  const legacy = createLegacyDirectory({ control, sendAll: directory.sendAll, logger })
  const repair = { directory, legacy, control, own: options.username, logger, orphans }
  const inOrder = createInOrder((error) => logger.error({ err: error }, 'message not handed on'))
  const presence = createToldPresence({ host: () => host, inOrder })

  function tidy(): void {
    if (host === null || link.health().status !== 'up') return
    repairDrift({ ...repair, host }).catch((error: unknown) =>
      logger.warn({ err: error }, 'expired credentials not removed'),
    )
  }

  return {
    name: 'mosquitto',
    capabilities: {
      credentials: 'gateway',
      unboundCredentials: false,
      presence: 'reported',
      dynamicAcl: true,
      kick: true,
      willAfterKick: false,
      legacyAccounts: 'list',
    },
    start(given) {
      host = given
      logger.adopt(given)
      sweep = setInterval(tidy, SWEEP_MS)
      sweep.unref()
      return link.start()
    },
    async stop() {
      clearInterval(sweep)
      control.reset()
      await link.stop()
    },
    publish: link.publish,
    async issue(request) {
      const left = request.expiresAt - Date.now()
      if (left < SWEEP_MS) setTimeout(tidy, Math.max(0, left) + 50).unref()
      return { username: request.credentialId, password: await directory.put(request) }
    },
    updateAccess: directory.setAccess,
    async kick(target) {
      const names = await directory.find(target)
      await directory.bounce(names)
      return names.length
    },
    async revoke(target) {
      await directory.remove(await directory.find(target))
    },
    health: link.health,
    address: () => controllerAddress(options),
  }
}
