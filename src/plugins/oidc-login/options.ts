import { z } from 'zod'
import { checkOptions, type PluginFault, type PluginOptions } from '../../plugin.ts'
import type { OidcLoginOptions } from './types.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Parameters that this plugin sets itself: another value would take a defence away. */
const RESERVED: readonly string[] = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
]

/** The record of a login is kept for `maxAgeSeconds` and two checks, and the store keeps nothing longer than 7 days. */
const LONGEST_AGE = 6 * 86_400
const WELL_KNOWN = /\/\.well-known\/openid-configuration$/

const address = (example: string) =>
  z.string().refine((value) => isAddress(value), {
    message: `needs an address without a query, such as ${example}`,
  })

function isAddress(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, search, hash, username } = new URL(value)
  return /^https?:$/.test(protocol) && search === '' && hash === '' && username === ''
}

/** Entra ID: every organisation, and private accounts. */
function isOfAllTenants(issuer: string): boolean {
  const { hostname, pathname } = new URL(issuer)
  return (
    /(^|\.)(microsoftonline\.(com|us)|partner\.microsoftonline\.cn|windows\.net)$/.test(hostname) &&
    /^\/(common|organizations|consumers)(\/|$)/i.test(pathname)
  )
}

const schema = z.strictObject({
  id: z.string().default('oidc'),
  label: z.string().trim().min(1).max(64).exactOptional(),
  // People copy the address of the configuration from the pages of their provider.
  issuer: address('https://login.example.com/realms/crew')
    .transform((value) => value.replace(WELL_KNOWN, ''))
    .refine((value) => !isOfAllTenants(value), {
      message:
        'is for accounts of every organisation, so anybody with a Microsoft account could log in; use the address of your own tenant: https://login.microsoftonline.com/{tenant id}/v2.0',
    }),
  clientId: z.string().trim().min(1),
  clientSecret: z.string().min(1).exactOptional(),
  toUser: z.custom<OidcLoginOptions['toUser']>((value) => typeof value === 'function', {
    message: 'needs a function of the claims that returns a user, or null for everybody who may not come in',
  }),
  scope: z
    .string()
    .refine((value) => value.split(' ').includes('openid'), { message: "needs 'openid' as one of its words" })
    .default('openid profile email'),
  redirectUri: address('https://cloud.example.com/oidc/callback').exactOptional(),
  postLogoutRedirectUri: address('https://cloud.example.com/oidc/signed-out').exactOptional(),
  authorizationParams: z
    .record(z.string(), z.string())
    .refine((value) => !Object.keys(value).some((name) => RESERVED.includes(name)), {
      message: `must not have ${RESERVED.join(', ')}: they are set for each login`,
    })
    .refine(({ max_age: age = '0' }) => /^\d{1,9}$/.test(age), {
      message: "needs whole seconds in max_age, such as { max_age: '3600' }",
    })
    .default({}),
  clientAuthentication: z.enum(['client_secret_basic', 'client_secret_post']).exactOptional(),
  userInfo: z.boolean().default(true),
  checkSeconds: z.int().min(60).max(86_400).default(900),
  maxAgeSeconds: z.int().min(300).max(LONGEST_AGE).default(43_200),
  timeoutMs: z.int().min(100).max(30_000).default(5_000),
  clockToleranceSeconds: z.int().min(0).max(300).default(30),
})

/** The options of the host with all defaults. */
export interface OidcOptions extends z.output<typeof schema> {
  readonly label: string
}

const VARIABLES = { issuer: 'ISSUER', clientId: 'CLIENT_ID', clientSecret: 'CLIENT_SECRET' } as const

const variableOf = (id: string, name: keyof typeof VARIABLES): string =>
  `DJI_CLOUD_${id.toUpperCase().replaceAll('-', '_')}_${VARIABLES[name]}`

/** Options that the host did not give come from the environment. An empty variable counts as not set. */
function withEnvironment(given: object | undefined, id: string, env: Environment): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...given }
  for (const name of Object.keys(VARIABLES) as (keyof typeof VARIABLES)[]) {
    const value = env[variableOf(id, name)]?.trim()
    if (value !== undefined && value !== '') merged[name] ??= value
  }
  return merged
}

/** @param given of JavaScript, so it may be missing */
export const idOf = (given: { readonly id?: unknown } | undefined): string =>
  typeof given?.id === 'string' ? given.id : 'oidc'

/** @returns the options, or what is wrong with them: each fault names the option, its variable and the fix */
export function readOptions(
  given: object | undefined,
  env: Environment,
): { readonly options: OidcOptions } | { readonly faults: readonly PluginFault[] } {
  const id = idOf(given)
  const checked = checkOptions(schema, withEnvironment(given, id, env), 'an option of oidcLogin')
  if (checked.ok) {
    const { issuer, label = new URL(issuer).hostname.slice(0, 64) } = checked.value
    return { options: { ...checked.value, label } }
  }
  return {
    faults: checked.problems.map(({ path, text }) => ({
      option: path === '' ? `plugins.${id}` : `${id}.${path}`,
      fix: text,
      ...(path in VARIABLES ? { variable: variableOf(id, path as keyof typeof VARIABLES) } : {}),
    })),
  }
}

/** What only the options of the platform can tell. */
export function placeFaults(
  { id, issuer, redirectUri, checkSeconds, maxAgeSeconds }: OidcOptions,
  { environment, insecure, publicUrl }: PluginOptions,
): readonly PluginFault[] {
  const faults: PluginFault[] = []
  const isPlain = (url: string): boolean => new URL(url).protocol !== 'https:'
  const mayBePlain = environment === 'development' || insecure.includes('http')
  if (isPlain(issuer) && !mayBePlain)
    faults.push({
      option: `${id}.issuer`,
      variable: variableOf(id, 'issuer'),
      fix: 'is not https: anybody on the way could log in as anybody; on a closed network add insecure: ["http"]',
    })
  if (redirectUri !== undefined && publicUrl !== undefined) {
    const wanted = new URL(publicUrl).origin
    if (new URL(redirectUri).origin !== wanted)
      faults.push({
        option: `${id}.redirectUri`,
        fix: `needs to begin with ${wanted}, the origin of publicUrl: the browser sends the cookie of a login back to this origin only`,
      })
  }
  if (checkSeconds > maxAgeSeconds)
    faults.push({ option: `${id}.checkSeconds`, fix: 'needs to be at most maxAgeSeconds' })
  return faults
}
