import type { BrokerAdapter, BrokerHost } from '../../../core/ports/broker.ts'
import { silentLogger } from '../../../core/ports/logger.ts'
import { createInOrder } from '../external/in-order.ts'
import { createLink, GATEWAY_TOPICS } from '../external/link.ts'
import { controllerAddress, type ExternalBrokerOptions } from '../external/options.ts'
import { createControl, RESPONSE } from './control.ts'
import { createDirectory } from './directory.ts'
import { createLogPresence } from './log-presence.ts'
import { repairDrift } from './repair.ts'

export interface MosquittoOptions extends ExternalBrokerOptions {
  /**
   * Ties each credential to its gateway's serial number as the client id, which is what Pilot is known to use (facts D1).
   * Without it one gateway could take over another's connection and stored messages by using its client id. @default true
   */
  readonly bindClientId?: boolean | undefined
}

const LOG = '$SYS/broker/log/N'
/** Mosquitto knows no expiry: credentials that have run out are removed by us. Milliseconds. */
const SWEEP_MS = 60_000

/**
 * Mosquitto 2 with its dynamic security plugin: a client for each credential, a role for each gateway. The account of
 * this server needs the plugin's `admin` role. Right for hundreds of gateways: the plugin slows with its size.
 */
export function mosquitto(options: MosquittoOptions): BrokerAdapter {
  const logger = options.logger ?? silentLogger
  const orphans = new Set<string>()
  let host: BrokerHost | null = null
  let sweep: NodeJS.Timeout | undefined

  const link = createLink({
    ...options,
    subscriptions: [RESPONSE, LOG, ...GATEWAY_TOPICS],
    async ready() {
      if (host !== null)
        await repairDrift({ directory, control, host, own: options.username, logger, orphans })
    },
    lost() {
      control.reset()
      presence.lost()
    },
    message(topic, payload, retained) {
      if (topic === RESPONSE) control.take(payload)
      else if (retained) return
      else if (topic === LOG) presence.take(Buffer.from(payload).toString('utf8'))
      else inOrder.run(() => host?.received({ topic, payload, principal: null }))
    },
  })
  const control = createControl({
    publish: (topic, payload) => link.publish({ topic, payload, qos: 1 }),
    timeout: options.timeout ?? 10_000,
  })
  const directory = createDirectory({ control, bindClientId: options.bindClientId ?? true })
  const inOrder = createInOrder((error) => logger.error({ err: error }, 'message not handed on'))
  const presence = createLogPresence({ host: () => host, inOrder })

  const removeExpired = async (): Promise<void> => {
    if (host === null || link.health().status !== 'up') return
    await repairDrift({ directory, control, host, own: options.username, logger, orphans })
  }

  return {
    name: 'mosquitto',
    capabilities: {
      credentials: 'gateway',
      unbound: false,
      presence: 'told',
      learns: true,
      kick: true,
      willAfterKick: false,
    },
    start(given) {
      host = given
      sweep = setInterval(() => {
        removeExpired().catch((error: unknown) =>
          logger.warn({ err: error }, 'expired credentials not removed'),
        )
      }, SWEEP_MS)
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
