import { z } from 'zod'
import { accessList } from '../../../core/mqtt/access.ts'
import { madeWith } from '../../../core/options/made-with.ts'
import type { AccessList, BrokerAdapter, BrokerHooks, BrokerHost } from '../../../core/ports/broker.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { capabilitiesOf, weaknessOf, withWeakness } from './capabilities.ts'
import { createCredentialWork, createIssued } from './credential-work.ts'
import { createLink } from './link.ts'
import { type CheckedOptions, controllerAddress, type ExternalOptionsShape, external } from './options.ts'
import type { ExternalBrokerContext, ExternalBrokerParts } from './parts.ts'
import { createQuestions } from './questions.ts'
import { createInOrder, createReportedPresence } from './reported-presence.ts'
import { createRest } from './rest.ts'
import { createUpkeep } from './upkeep.ts'

/**
 * Makes the adapter of a broker that runs outside this process. `setup` states only what is special about that broker. The connection
 * of this server, its repair, health, presence, the check of the options, kicking and revoking are the same for all brokers and come
 * from here. What `setup` does not state counts as not possible, and `capabilities` and `health()` say so.
 *
 * @throws DjiCloudError OPTIONS with every fault of the options
 * @example
 * export const myBroker = (options: ExternalBrokerOptions) =>
 *   createExternalBroker({
 *     name: 'my-broker',
 *     factory: 'myBroker',
 *     options,
 *     setup: ({ options: { username, password } }) => ({ credentials: { kind: 'shared', login: { username, password } } }),
 *   })
 */
export function createExternalBroker<Options extends CheckedOptions = CheckedOptions>(given: {
  /** Used in logs, in health, and in the path of hooks. Lower case. */
  readonly name: string
  /** The name of the function that the host calls, for errors about its options. @default `name` */
  readonly factory?: string
  /** As the host passed them. */
  readonly options: unknown
  /** Adds options to `ExternalBrokerOptions`. @default no further options */
  readonly schema?: (shape: ExternalOptionsShape) => z.ZodType<Options>
  /** Called once, when the adapter is made. It must not open or ask anything yet. */
  readonly setup: (context: ExternalBrokerContext<Options>) => ExternalBrokerParts
}): BrokerAdapter {
  const { name, factory = name } = given
  // Without a schema, Options is the type of the shape.
  const schema = given.schema?.(external) ?? (z.strictObject(external) as unknown as z.ZodType<Options>)
  const options = madeWith(factory, schema, given.options)
  const logger = adoptedLogger(options.logger)
  let host: BrokerHost | null = null
  const issued = createIssued()
  const inOrder = createInOrder((error) =>
    logger.error({ err: error }, 'A message of the broker was not handled. See the error.'),
  )
  const presence = createReportedPresence({ host: () => host, inOrder })

  /** What a gateway may do. Before the start it does not contain the topics of plugins. */
  const access = (gateway: string, aircraft: Iterable<string>): AccessList =>
    host === null ? accessList(gateway, aircraft) : host.accessList(gateway, aircraft)

  const parts = given.setup({
    options,
    logger,
    ask: createQuestions({
      host: () => host,
      admitted: (username) => issued.add(username, Number.POSITIVE_INFINITY),
    }),
    access,
    presence,
    rest: createRest,
    publish: (topic, payload) => link.publish({ topic, payload, qos: 1 }),
  })
  const capabilities = capabilitiesOf(parts)
  const weakness = weaknessOf(capabilities)

  const link = createLink({
    ...options,
    logger,
    maxQos: capabilities.maxQos ?? 2,
    subscriptions: () => [...(parts.topics ?? []), ...(host?.upwardFilters ?? [])],
    async ready() {
      await upkeep.now()
      await expiry.now()
    },
    lost,
    message(topic, payload, retained) {
      if (!/^(sys|thing)\/product\//.test(topic)) parts.receive?.(topic, payload, retained)
      // A retained message is old, and its age is not known. Gateways never send retained messages.
      else if (!retained) inOrder.run(() => host?.received({ topic, payload, principal: null }))
    },
  })
  const isUp = (): boolean => link.health().status === 'up'
  const upkeep = createUpkeep({
    everyMs: parts.upkeep?.everyMs ?? 60_000,
    isDue: isUp,
    run: async () => (host === null ? undefined : parts.upkeep?.run(host)),
    failed: (error) =>
      logger.warn(
        { err: error },
        `The settings of the broker ${name} were not checked. The platform tries again regularly. See the error.`,
      ),
  })
  const expiry = createUpkeep({
    everyMs: 60_000,
    isDue: isUp,
    run: async () => (host === null ? undefined : work.forgetEnded(host)),
    failed: (error) =>
      logger.warn(
        { err: error },
        `Ended credentials were not removed from the broker ${name}. The platform tries again in a minute. See the error.`,
      ),
  })
  const poll = createUpkeep({
    everyMs: parts.connections?.everyMs ?? 5_000,
    isDue: () => parts.connections !== undefined && isUp(),
    run: look,
    failed: (error) =>
      logger.warn(
        { err: error },
        `The list of connections of the broker ${name} was not read. The platform tries again in a few seconds. See the error.`,
      ),
  })
  const regular = [upkeep, expiry, poll]
  const work = createCredentialWork(parts, {
    ...{ name, issued, logger, access, host: () => host },
    endsAt: expiry.by,
  })

  function lost(): void {
    parts.lost?.()
    presence.only(new Set())
  }

  async function look(): Promise<void> {
    const all = (await parts.connections?.list()) ?? []
    const present = all.filter(({ username }) => username !== options.username)
    for (const one of present) if (!presence.has(one.key)) presence.connected(one)
    presence.only(new Set(present.map(({ key }) => key)))
  }

  const { forgetEnded: _, ...credentialMethods } = work
  return {
    name,
    capabilities,
    ...hooksOf(name, parts),
    ...credentialMethods,
    publish: link.publish,
    async start(platform) {
      host = platform
      logger.adopt(platform)
      if (weakness !== null) logger.warn({ broker: name }, `UNSAFE: ${weakness}`)
      for (const one of regular) one.start()
      await link.start()
    },
    async stop() {
      for (const one of regular) one.stop()
      parts.lost?.()
      await link.stop()
      await parts.close?.()
    },
    health: () => withWeakness(link.health(), weakness),
    address: () => controllerAddress(options),
  }
}

/** The questions of a broker that asks over HTTP, as routes that core serves. */
function hooksOf(name: string, { credentials }: ExternalBrokerParts): { readonly hooks?: BrokerHooks } {
  if (credentials.kind !== 'hooks') return {}
  const { secret, refusal, questions } = credentials
  const routes = Object.entries(questions).map(([question, answer]) => ({
    path: `${name}/${question}`,
    refusal,
    answer,
  }))
  return { hooks: { secret, routes } }
}
