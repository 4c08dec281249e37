import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Configuration } from 'oidc-provider'
import { afterEach, expect } from 'vitest'
import { CLIENT, type ExampleProvider, startProvider } from '../../examples/oidc/provider.ts'
import type { DjiCloudOptions } from '../../src/index.ts'
import { type OidcLoginOptions, oidcLogin } from '../../src/plugins/oidc-login/index.ts'
import { startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import type { Variant } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { createJar, type Jar } from './jar.ts'

/** What the test that runs has opened: closed after it, the newest first. */
export const closing: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

export interface Stage {
  readonly cloud: TestCloud
  readonly provider: ExampleProvider
  readonly logs: ReturnType<typeof recordLogs>
  /** Every event of the platform that tells of a login. */
  readonly told: { readonly name: string; readonly [field: string]: unknown }[]
  /** Address of the platform, mount included. */
  readonly base: string
}

export interface StageOptions {
  readonly oidc?: Partial<OidcLoginOptions> | undefined
  readonly cloud?: DjiCloudOptions | undefined
  readonly variant?: Variant | undefined
  readonly provider?: Configuration | undefined
}

export const EXPRESS: Variant = { framework: 'express 5', mount: '', parser: 'none' }

export const oidcPlugin = (issuer: string, more: Partial<OidcLoginOptions> = {}) =>
  oidcLogin({
    issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    label: 'Example Login',
    scope: 'openid profile groups',
    toUser: ({ name, groups }) =>
      Array.isArray(groups) && groups.includes('harbour-pilots')
        ? { username: String(name), workspace: WORKSPACE }
        : null,
    ...more,
  })

/** A real provider and a real platform that trusts it, each on a port of its own. */
export async function openStage({
  oidc,
  cloud: options,
  variant = EXPRESS,
  provider: more,
}: StageOptions = {}): Promise<Stage> {
  const provider = await startProvider({}, { ...(await signingKeys()), ...more })
  closing.push(provider)
  return { provider, ...(await openPlatform(provider.issuer, { oidc, cloud: options, variant })) }
}

/** A platform that trusts the provider at this address, which need not be there. */
export async function openPlatform(
  issuer: string,
  { oidc, cloud: options, variant = EXPRESS }: Pick<StageOptions, 'oidc' | 'cloud' | 'variant'> = {},
): Promise<Omit<Stage, 'provider'>> {
  const logs = recordLogs()
  const cloud = await startCloud(
    {
      users: false,
      broker: idleBroker(),
      logger: logs.logger,
      plugins: [oidcPlugin(issuer, oidc)] as never,
      ...options,
    },
    variant,
  )
  closing.push(cloud)
  const told: Stage['told'] = []
  for (const name of ['login.succeeded', 'login.failed', 'session.ended'] as const)
    cloud.cloud.on(name, (event) => void told.push({ name, ...event }))
  return { cloud, logs, told, base: `${cloud.url}${variant.mount}` }
}

/** Of the tests alone; without them the provider says with each start that it has none. */
async function signingKeys(): Promise<Configuration> {
  const { generateKeyPair } = await import('node:crypto')
  keys ??= new Promise((resolve, reject) =>
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, _public, key) =>
      error ? reject(error) : resolve({ ...key.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }),
    ),
  )
  return { jwks: { keys: [(await keys) as never] } }
}
let keys: Promise<object> | undefined

export interface Way {
  readonly jar?: Jar
  readonly login?: string
  readonly password?: string
  /** Where the login starts. @default '/oidc/login?return_to={mount}/pilot/login' */
  readonly start?: string
  /** Of the form at the provider. */
  readonly form?: Record<string, string>
}

/** Logs in at the provider, up to the address that it sends the browser back to. */
export async function comeBack(base: string, way: Way = {}) {
  const { jar = createJar(), login = 'ada', password = 'a-fake-password', form = { login, password } } = way
  const mount = new URL(base).pathname.replace(/\/$/, '')
  const { reply, url, trail } = await jar.follow(
    new URL(way.start ?? `${base}/oidc/login?return_to=${encodeURIComponent(`${mount}/pilot/login`)}`).href,
  )
  // Somebody who is logged in there comes back at once.
  if (!url.includes('/interaction/'))
    return { jar, callback: trail.find((one) => one.includes('/oidc/callback')) ?? url, page: reply }
  let sent = await jar.ask(url, { method: 'POST', body: new URLSearchParams(form) })
  let at = url
  while (sent.status >= 300 && sent.status < 400) {
    at = new URL(String(sent.headers.location), at).href
    if (at.includes('/oidc/callback')) return { jar, callback: at, page: sent }
    sent = await jar.ask(at)
  }
  return { jar, callback: at, page: sent }
}

/** The whole way, up to the login page that says "Continue as". */
export async function logIn(base: string, way: Way = {}) {
  const { jar, callback } = await comeBack(base, way)
  const { reply, url } = await jar.follow(callback)
  return { jar, callback, page: reply.text, url }
}

/** "Continue as": what the script of the page sends. */
export async function goOn(base: string, jar: Jar, flag: 1 | 2 = 2) {
  const { json, status } = await jar.ask(`${base}/pilot/continue`, {
    method: 'POST',
    body: { flag },
    headers: { origin: new URL(base).origin, 'x-dji-cloud': '1' },
  })
  return { status, code: json.code, token: String(json.data?.['access_token'] ?? ''), data: json.data ?? {} }
}

const withToken = (path: string) => (base: string, token: string) => {
  const { origin, pathname } = new URL(base)
  const headers = { 'x-auth-token': token }
  return ask(origin, `${pathname.replace(/\/$/, '')}/manage/api/v1/token/${path}`, {
    method: 'POST',
    headers,
  })
}
/** Makes a new token: with the old one, only within the grace. */
export const refresh = withToken('refresh')
export const verify = withToken('verify')

/** The notice of the login page. */
export const noticeOf = (page: string): string => /id="reason" role="status">([^<]*)</.exec(page)?.[1] ?? ''

/** A port that nobody listens to. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  expect(port).toBeGreaterThan(0)
  return port
}
