import { z } from 'zod'
import {
  DjiCloudError,
  definePlugin,
  type Plugin,
  type PluginContext,
  type PluginParts,
  route,
} from '../../plugin.ts'
import { createConnection } from './connection.ts'
import { createGrants, longestCheckMs } from './grants.ts'
import { createHandlers } from './handlers.ts'
import { idOf, type OidcOptions, placeFaults, readOptions } from './options.ts'
import { personOf } from './people.ts'
import { createProvider } from './provider.ts'
import { createRecords } from './records.ts'
import { createSeal } from './sealed.ts'
import { createSignedInBrowser } from './sign-in.ts'
import { lookEveryMs } from './standing.ts'
import { createTransactions } from './transactions.ts'
import type { OidcClaims, OidcLoginOptions } from './types.ts'

export type { OidcClaims, OidcLoginOptions, OidcUser } from './types.ts'

/** A crew behind one address logs in at the same time; nobody needs more. */
const RATE_LIMIT = { attempts: 120, windowSeconds: 60 } as const

/**
 * Log in with an OpenID Connect provider: Keycloak, Entra ID and others (docs/sign-in.md). Needs the package `openid-client` 6 beside
 * this one. Issuer, client id and secret may come from `DJI_CLOUD_OIDC_ISSUER`, `DJI_CLOUD_OIDC_CLIENT_ID` and
 * `DJI_CLOUD_OIDC_CLIENT_SECRET`.
 * @example
 * djiCloud({ users: false, plugins: [oidcLogin({ toUser: ({ name }) => ({ username: String(name) }) })] })
 */
export function oidcLogin<const Id extends string = 'oidc'>(given: OidcLoginOptions<Id>): Plugin<Id> {
  const read = () => readOptions(given, process.env)
  return definePlugin({
    // Typed by the option, or its default.
    id: idOf(given) as Id,
    // What was said at a login, and which answers of a provider are used up.
    needs: ['shared'],
    check(platform) {
      const found = read()
      return 'faults' in found ? found.faults : placeFaults(found.options, platform)
    },
    setup(context) {
      const found = read()
      if ('faults' in found) throw new TypeError(found.faults.map(({ fix }) => fix).join('; '))
      return partsOf(found.options, context)
    },
  })
}

function partsOf(options: OidcOptions, context: PluginContext): PluginParts {
  const { id, issuer, clientId, timeoutMs } = options
  const { clock, logger } = context
  const rules = { checkMs: options.checkSeconds * 1000, maxAgeMs: options.maxAgeSeconds * 1000 }
  const connection = createConnection({ options, logger, now: clock.now })
  const provider = createProvider(options, connection)
  const toPerson = (claims: OidcClaims) => personOf(options.toUser, claims, id)
  const records = createRecords({
    ...{ rules, logger, now: clock.now },
    store: context.store('grants'),
    seal: createSeal(
      context.deriveKeys(`grant ${issuer} ${clientId}`),
      rules.maxAgeMs + rules.checkMs,
      clock.now,
    ),
  })
  const grants = createGrants({
    ...{ records, provider, toPerson, rules, logger, now: clock.now, once: context.once },
    checkTakesMs: longestCheckMs(timeoutMs),
  })
  const browser = createSignedInBrowser(context, options, grants)
  const transactions = createTransactions(context, issuer, clientId)
  const handlers = createHandlers({ context, options, provider, transactions, browser, grants, toPerson })

  const lookMs = lookEveryMs(rules)
  context.every(lookMs, 'check users', () =>
    context.once('check users', Math.floor(lookMs / 2), () => context.sessions.recheck({ signInSource: id })),
  )
  context.every(15_000, 'look for the provider', () => connection.look())
  context.every(15_000, 'save records', () => records.save())

  const row = { method: 'GET', guard: 'public', answers: 'page', rateLimit: RATE_LIMIT } as const
  return {
    routes: [
      route({
        ...{ ...row, path: `/${id}/login` },
        summary: 'Sends the browser to the provider.',
        handle: ({ request }) => handlers.login(request),
      }),
      route({
        ...{ ...row, path: `/${id}/callback` },
        summary: 'Where the provider sends the browser back to.',
        handle: ({ request }) => handlers.callback(request),
      }),
      route({
        ...{ ...row, path: `/${id}/logout` },
        summary: 'Ends the login in this browser, and at the provider.',
        handle: ({ request }) => handlers.logout(request),
      }),
      route({
        ...{ ...row, path: `/${id}/signed-out` },
        summary: 'Where the provider sends the browser back to after a logout.',
        handle: ({ request }) => handlers.signedOut(request),
      }),
      route({
        ...{ method: 'GET', path: `/${id}/api/v1/status`, guard: 'token' },
        summary: 'Whether the provider answers.',
        output: z.object({ status: z.literal('up') }),
        handle() {
          const { status, detail = '' } = connection.state()
          if (status === 'up') return { status }
          throw new DjiCloudError('STORE_UNAVAILABLE', {
            message:
              'The OpenID Connect provider does not answer, or refuses the platform, so nobody can log in there.',
            data: { detail },
          })
        },
      }),
    ],
    doctor: [
      {
        id: 'provider',
        title: `the login with ${options.label}`,
        path: `/${id}/api/v1/status`,
        expect: { fields: { 'data.status': 'text' } },
        what: `The platform does not reach the OpenID Connect provider ${options.label}, or the provider refuses the platform.`,
        why: 'Nobody can log in there. Pilots who are logged in stay so for some hours.',
        pilot: 'Wait a moment, or log in with user name and password, if the page offers it.',
        server: `Check that this server reaches ${new URL(issuer).origin}, that the option issuer is exactly what the provider calls itself, and that client id and secret are right and still valid. The log and cloud.health() have the cause.`,
      },
    ],
    signIn: [browser.source],
    async start() {
      await connection.client()
      // Not awaited: a provider that is down for a moment does not stop the start.
      void connection.look()
    },
    health: connection.state,
  }
}
