import type * as Client from 'openid-client'
import type { Connection } from './connection.ts'
import { LoginFailure } from './failures.ts'
import type { OidcOptions } from './options.ts'
import type { OidcClaims } from './types.ts'

/** The answer of the provider about a user. */
export interface Word {
  readonly claims: OidcClaims
  /** Null: an answer to a refresh token need not have one. */
  readonly idToken: string | null
  /** Null: the provider gave none; at a refresh, the old one stays valid. */
  readonly refreshToken: string | null
}

/** What has to come back together with the code. */
export interface Expected {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Requests to the provider. They throw what openid-client throws, or LoginFailure; `failureOf` reads both. */
export interface Provider {
  challengeOf(verifier: string): Promise<string>
  /** @param asks true: the provider must ask who the user is, even if somebody is logged in there */
  authorizationUrl(parameters: Readonly<Record<string, string>>, asks: boolean): Promise<URL>
  /** @param callback the registered address, with the query that the browser sent */
  exchange(callback: URL, expected: Expected): Promise<Word>
  /** @param known the earlier claims: an answer about another user is refused */
  refresh(refreshToken: string, known: OidcClaims): Promise<Word>
  /** Null: this provider has no logout. */
  endSessionUrl(parameters: Readonly<Record<string, string>>): Promise<URL | null>
}

export function createProvider(options: OidcOptions, connection: Connection): Provider {
  const { watched } = connection
  const open = async () => [await connection.configuration(), await connection.client()] as const

  /** The claims of the ID token, and those that the userinfo endpoint has besides: many providers send groups only there. */
  async function wordOf(
    tokens: Client.TokenEndpointResponse & Client.TokenEndpointResponseHelpers,
    before: OidcClaims | null,
  ): Promise<Word> {
    const [config, client] = await open()
    const own = tokens.claims() ?? null
    const subject = own?.sub ?? before?.sub
    if (subject === undefined) throw new LoginFailure('untrusted', 'the provider sent no ID token')
    if (before !== null && subject !== before.sub)
      throw new LoginFailure('untrusted', 'the provider answered with another user than the one asked for')
    const asks = options.userInfo && config.serverMetadata().userinfo_endpoint !== undefined
    const more = asks ? await client.fetchUserInfo(config, tokens.access_token, subject) : {}
    return {
      // The ID token is signed. Without a new one, what the endpoint says is newer than what was known.
      claims: own === null ? { ...before, ...more, sub: subject } : { ...more, ...own },
      idToken: tokens.id_token ?? null,
      refreshToken: tokens.refresh_token ?? null,
    }
  }

  return {
    challengeOf: async (verifier) => (await connection.client()).calculatePKCECodeChallenge(verifier),
    async authorizationUrl(parameters, asks) {
      const [config, client] = await open()
      const prompt = asks ? askingPrompt(parameters['prompt'], config.serverMetadata()) : null
      return client.buildAuthorizationUrl(config, { ...parameters, ...(prompt === null ? {} : { prompt }) })
    },
    async exchange(callback, { state, nonce, verifier }) {
      const [config, client] = await open()
      const longest = options.authorizationParams['max_age']
      return watched(async () => {
        const tokens = await client.authorizationCodeGrant(config, callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          ...(longest === undefined ? {} : { maxAge: Number(longest) }),
        })
        return wordOf(tokens, null)
      })
    },
    async refresh(refreshToken, before) {
      const [config, client] = await open()
      return watched(async () => wordOf(await client.refreshTokenGrant(config, refreshToken), before))
    },
    async endSessionUrl(parameters) {
      const [config, client] = await open()
      if (config.serverMetadata().end_session_endpoint === undefined) return null
      return client.buildEndSessionUrl(config, parameters)
    },
  }
}

/** @param given the prompt that the host asks for in every login */
function askingPrompt(given = '', { prompt_values_supported: known }: Client.ServerMetadata): string {
  const words = given.split(' ').filter((word) => word !== '')
  if (words.some((word) => word === 'login' || word === 'select_account')) return given
  // Many providers refuse or ignore `select_account`; every one knows `login`.
  const knowsAccounts = Array.isArray(known) && known.includes('select_account')
  return [knowsAccounts ? 'select_account' : 'login', ...words.filter((word) => word !== 'none')].join(' ')
}
