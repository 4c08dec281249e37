import type * as Client from 'openid-client'
import { type Logger, loadPackage, type PluginHealth } from '../../plugin.ts'
import { concernsAll, failureOf, isRegistrationFault, type LoginFailure } from './failures.ts'
import type { OidcOptions } from './options.ts'
import { createRequests, type Requests } from './requests.ts'

export type Library = typeof Client

/** The library, and the metadata of the provider. */
export interface Connection extends Pick<Requests, 'takeSuccessor'> {
  /** @throws DjiCloudError PACKAGE_MISSING */
  client(): Promise<Library>
  /** Asked for when it is first needed, and again every few minutes. @throws what openid-client throws, or LoginFailure */
  configuration(): Promise<Client.Configuration>
  /** Runs a request, and notices whether the provider answers. */
  watched<Value>(work: () => Promise<Value>): Promise<Value>
  /** Finds out whether the provider answers. Never rejects. */
  look(): Promise<void>
  state(): PluginHealth
}

/** Addresses and keys of the provider may change, so they are read again in the background. */
const REDISCOVER_MS = 5 * 60_000
/** While a provider is down, it is not asked at each click. */
const PAUSE_MS = 2_000
const INSTALL = 'npm install openid-client@6'

interface Trouble {
  readonly failure: LoginFailure
  /** ms since the epoch */
  readonly at: number
  /** It lasts until somebody repairs it. Other trouble is old news when nothing was asked for a while. */
  readonly isRegistration: boolean
}

export interface ConnectionParts {
  readonly options: OidcOptions
  readonly logger: Logger
  readonly now: () => number
  /** Imports `openid-client`. @default the one that the host has installed */
  readonly load?: () => Promise<Library>
}

const loadInstalled = (): Promise<Library> => loadPackage<Library>('openid-client', 'oidcLogin', '6')

export function createConnection({
  options,
  logger,
  now,
  load = loadInstalled,
}: ConnectionParts): Connection {
  const { issuer, label } = options
  const requests = createRequests(options.timeoutMs)
  let loading: Promise<Library> | undefined
  let isMissing = false
  let known: { readonly config: Client.Configuration; readonly at: number } | null = null
  /** Kept apart: a provider whose metadata can be read may still refuse every login. */
  const troubles: Record<'discovery' | 'requests', Trouble | null> = { discovery: null, requests: null }
  let asking: Promise<Client.Configuration> | null = null

  async function client(): Promise<Library> {
    loading ??= load()
    try {
      const found = await loading
      if (typeof found.discovery !== 'function')
        throw new TypeError(`oidcLogin needs openid-client 6, and an older one is installed: ${INSTALL}`)
      isMissing = false
      return found
    } catch (error) {
      loading = undefined
      isMissing = true
      throw error
    }
  }

  function trouble(): Trouble | null {
    const { discovery, requests: last } = troubles
    const isOld = last !== null && !last.isRegistration && now() - last.at >= REDISCOVER_MS
    return discovery ?? (isOld ? null : last)
  }

  /** Notices whether the provider answers. Only changes are logged. */
  async function notice<Value>(
    part: keyof typeof troubles,
    isTrouble: (error: unknown) => boolean,
    work: () => Promise<Value>,
  ): Promise<Value> {
    try {
      const value = await work()
      const before = trouble()
      troubles[part] = null
      if (before !== null && trouble() === null)
        logger.info({ issuer }, 'The OpenID Connect provider answers again.')
      return value
    } catch (error) {
      if (!isTrouble(error)) throw error
      const failure = failureOf(error)
      if (trouble() === null && !isMissing)
        logger.warn(
          { issuer, ...failure.facts },
          `Nobody can log in at the OpenID Connect provider ${label}: ${failure.message}`,
        )
      troubles[part] = { failure, at: now(), isRegistration: isRegistrationFault(error) }
      throw error
    }
  }

  function ask(): Promise<Client.Configuration> {
    asking ??= notice(
      'discovery',
      () => true,
      async () => discover(await client(), options, requests),
    )
      .then((config) => {
        known = { config, at: now() }
        return config
      })
      .finally(() => {
        asking = null
      })
    return asking
  }

  const isFresh = (): boolean => known !== null && now() - known.at < REDISCOVER_MS

  return {
    client,
    watched: (work) => notice('requests', concernsAll, work),
    takeSuccessor: requests.takeSuccessor,
    async configuration() {
      if (known !== null) {
        if (!isFresh()) ask().catch(() => undefined)
        return known.config
      }
      const { discovery } = troubles
      if (asking === null && discovery !== null && now() - discovery.at < PAUSE_MS) throw discovery.failure
      return ask()
    },
    async look() {
      if (troubles.discovery === null && isFresh()) return
      await ask().catch(() => undefined)
    },
    state() {
      if (isMissing) return { status: 'down', detail: `openid-client 6 cannot be loaded: ${INSTALL}` }
      const now = trouble()
      if (now === null) return { status: 'up' }
      const { message, facts } = now.failure
      const detail = `${label}: ${message}${facts['code'] === undefined ? '' : ` (${facts['code']})`}`
      return { status: known === null || now.isRegistration ? 'down' : 'degraded', detail }
    },
  }
}

function discover(client: Library, options: OidcOptions, { send }: Requests): Promise<Client.Configuration> {
  const issuer = new URL(options.issuer)
  // Without it, openid-client trusts TLS and leaves the signature of an ID token unread.
  const execute = [client.enableNonRepudiationChecks]
  // Refused in production by the check of the options, unless the host allows it.
  if (issuer.protocol === 'http:') execute.push(client.allowInsecureRequests)
  return client.discovery(
    issuer,
    options.clientId,
    { [client.clockTolerance]: options.clockToleranceSeconds },
    authentication(client, options),
    { execute, [client.customFetch]: send },
  )
}

/** As the host says; otherwise as most providers want it, unless this one says that it knows another way only. */
function authentication(client: Library, options: OidcOptions): Client.ClientAuth {
  const { clientSecret, clientAuthentication } = options
  if (clientSecret === undefined) return client.None()
  const [basic, post] = [client.ClientSecretBasic(clientSecret), client.ClientSecretPost(clientSecret)]
  return (server, metadata, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const isPost =
      clientAuthentication === undefined
        ? !ways.includes('client_secret_basic') && ways.includes('client_secret_post')
        : clientAuthentication === 'client_secret_post'
    return (isPost ? post : basic)(server, metadata, body, headers)
  }
}
