import type * as Client from 'openid-client'
import type { Connection } from './connection.ts'
import { LoginFailure, userInfoFailure } from './failures.ts'
import type { OidcOptions } from './options.ts'
import type { OidcClaims } from './types.ts'

/** What the provider has told about a user. Kept apart: a claim that the userinfo endpoint does not send any more is gone. */
export interface Told {
  /** The claims of its newest ID token. */
  readonly own: OidcClaims
  /** What the newest answer of the userinfo endpoint has besides. */
  readonly more: Readonly<Record<string, unknown>>
}

/** The answer of the provider about a user. */
export interface Word extends Told {
  /** Null: an answer to a refresh token need not have one. */
  readonly idToken: string | null
  /** Null: the provider gave none; at a refresh, the old one stays valid. */
  readonly refreshToken: string | null
}

/** The ID token is signed, so it wins. Many providers send groups only from the userinfo endpoint. */
export const claimsOf = ({ own, more }: Told): OidcClaims => ({ ...more, ...own })

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
  /** Reads its metadata, if they are not known yet: after this, `refresh` sends the refresh token at once. */
  prepare(): Promise<void>
  /**
   * @param known what was told before: an answer about another user is refused
   * @param onNewToken called as soon as the provider has taken the refresh token, before it is asked for anything else, and also if the
   *   rest of its answer is not valid. Gets the token to use next time; null: the old one stays valid
   */
  refresh(
    refreshToken: string,
    known: Told,
    onNewToken: (next: string | null) => Promise<void>,
  ): Promise<Word>
  /** Null: this provider has no logout. */
  endSessionUrl(parameters: Readonly<Record<string, string>>): Promise<URL | null>
}

type Tokens = Client.TokenEndpointResponse & Client.TokenEndpointResponseHelpers

type Renewed = { readonly tokens: Tokens } | { readonly error: unknown; readonly next: string | null }

export function createProvider(options: OidcOptions, connection: Connection): Provider {
  const { watched } = connection
  const open = async () => [await connection.configuration(), await connection.client()] as const

  async function wordOf(tokens: Tokens, known: Told | null): Promise<Word> {
    const [config, client] = await open()
    const before = known?.own ?? null
    const own = tokens.claims() ?? before
    if (own === null) throw new LoginFailure('untrusted', 'the provider sent no ID token')
    const subject = own.sub
    if (before !== null && subject !== before.sub)
      throw new LoginFailure('untrusted', 'the provider answered with another user than the one asked for')
    const asks = options.userInfo && config.serverMetadata().userinfo_endpoint !== undefined
    const more = asks
      ? await client.fetchUserInfo(config, tokens.access_token, subject).catch((error: unknown) => {
          throw userInfoFailure(error)
        })
      : (known?.more ?? {})
    return {
      own,
      more: Object.fromEntries(Object.entries(more).filter(([name]) => !Object.hasOwn(own, name))),
      idToken: tokens.id_token ?? null,
      refreshToken: tokens.refresh_token ?? null,
    }
  }

  /** The answer may be of no use, and the new refresh token in it is still the only one that works. */
  async function renew(refreshToken: string): Promise<Renewed> {
    const [config, client] = await open()
    try {
      return { tokens: await client.refreshTokenGrant(config, refreshToken) }
    } catch (error) {
      return { error, next: connection.takeSuccessor(refreshToken) }
    } finally {
      connection.takeSuccessor(refreshToken)
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
    async prepare() {
      await open()
    },
    async refresh(refreshToken, before, onNewToken) {
      const renewed = await renew(refreshToken)
      if ('error' in renewed) {
        if (renewed.next !== null) await onNewToken(renewed.next)
        return watched(() => Promise.reject(renewed.error))
      }
      const { tokens } = renewed
      await onNewToken(tokens.refresh_token ?? null)
      return watched(() => wordOf(tokens, before))
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
