import {
  type HttpRequest,
  type HttpResponse,
  isSameSecret,
  type PluginContext,
  redirectResponse,
} from '../../plugin.ts'
import { type FailureKind, failureOf, LoginFailure, REASONS } from './failures.ts'
import type { Grants } from './grants.ts'
import type { OidcOptions } from './options.ts'
import type { Person } from './people.ts'
import { claimsOf, type Provider, type Word } from './provider.ts'
import { createSeal } from './sealed.ts'
import type { SignedInBrowser } from './sign-in.ts'
import type { Transactions } from './transactions.ts'
import type { OidcClaims } from './types.ts'

export interface HandlerParts {
  readonly context: PluginContext
  readonly options: OidcOptions
  readonly provider: Provider
  readonly transactions: Transactions
  readonly browser: SignedInBrowser
  readonly grants: Grants
  readonly toPerson: (claims: OidcClaims) => Promise<Person | null>
}

/** The handlers of this plugin's rows. Each one redirects the browser. */
export interface Handlers {
  /** From the login page to the provider. */
  login(request: HttpRequest): Promise<HttpResponse>
  /** Back from the provider. */
  callback(request: HttpRequest): Promise<HttpResponse>
  /** "Not Ada? Log out of ..." */
  logout(request: HttpRequest): Promise<HttpResponse>
  /** Back from the provider's logout. */
  signedOut(request: HttpRequest): HttpResponse
}

const LOGIN_PAGE = '/pilot/login'
/** After a refusal or a logout, the provider has to ask who it is, until somebody has logged in. Otherwise the same user comes back at once. */
const SWITCH_SECONDS = 600
/** It is kept in the cookie of each login that is on its way. */
const LONGEST_PATH = 1_000
const LOGOUT_MS = 10 * 60_000
/** Failures that are nobody's fault. */
const EVERYDAY: readonly FailureKind[] = ['refused', 'cancelled', 'expired']

export function createHandlers(parts: HandlerParts): Handlers {
  const { context, options, provider, transactions, browser, grants, toPerson } = parts
  const { id, scope, authorizationParams } = options
  const { logger, publicBase, readReturnTo } = context
  const switching = context.cookie('switch', { maxAgeSeconds: SWITCH_SECONDS })
  const returnSeal = createSeal(context.deriveKeys('return'), LOGOUT_MS, context.clock.now)

  /** A path of this platform. For an address of another site, it is the path of the login page. */
  function pathOf(request: HttpRequest, given: unknown): string {
    const page = `${publicBase(request).mount}${LOGIN_PAGE}`
    const path = readReturnTo(request, given)?.path ?? page
    return path.length > LONGEST_PATH ? page : path
  }
  const ownAddress = (request: HttpRequest, path: string): string => {
    const { origin, mount } = publicBase(request)
    return `${origin}${mount}/${id}/${path}`
  }

  const failed = (
    request: HttpRequest,
    error: unknown,
    returnTo: string,
    cookies: readonly string[] = [],
  ): HttpResponse => {
    const { kind, message, facts, cause } = failureOf(error)
    logger[EVERYDAY.includes(kind) ? 'info' : 'warn'](
      { reason: kind, address: request.address, ...facts, ...(cause === undefined ? {} : { err: cause }) },
      `A login at the OpenID Connect provider did not succeed: ${message}`,
    )
    return goTo(withReason(returnTo, kind), cookies)
  }

  function report(request: HttpRequest, error: unknown, username: string): void {
    const { kind } = failureOf(error)
    const isSuspect = kind === 'untrusted' || kind === 'used'
    const reason = kind === 'refused' ? 'not_allowed' : isSuspect ? 'sign_in' : null
    if (reason !== null) context.reportFailedLogin({ source: id, reason, username, address: request.address })
  }

  let hasWarned = false
  function warnOfNoRefresh(): void {
    if (hasWarned) return
    hasWarned = true
    logger.warn(
      { issuer: options.issuer, maxAgeSeconds: options.maxAgeSeconds },
      `The OpenID Connect provider gave no refresh token, so a user who is disabled there stays logged in until maxAgeSeconds are over. Add 'offline_access' to the option scope of ${id}, or shorten maxAgeSeconds.`,
    )
  }

  async function askHost(claims: OidcClaims): Promise<Person | null> {
    try {
      return await toPerson(claims)
    } catch (error) {
      logger.error(
        { err: error },
        'The function toUser() failed, so the user is not logged in. See the error.',
      )
      throw new LoginFailure('broken', 'toUser() failed')
    }
  }

  return {
    async login(request) {
      const returnTo = pathOf(request, request.query.get('return_to'))
      const redirectUri = options.redirectUri ?? ownAddress(request, 'callback')
      const { transaction, cookie } = transactions.begin(request, { returnTo, redirectUri })
      try {
        const parameters = {
          ...uiLocales(request),
          ...authorizationParams,
          scope,
          redirect_uri: redirectUri,
          state: transaction.state,
          nonce: transaction.nonce,
          code_challenge: await provider.challengeOf(transaction.verifier),
          code_challenge_method: 'S256',
        }
        const target = await provider.authorizationUrl(parameters, switching.read(request) !== null)
        return goTo(target, [cookie])
      } catch (error) {
        return failed(request, error, returnTo)
      }
    },

    async callback(request) {
      // A link checker must not use up a code.
      if (request.method === 'HEAD') return goTo(pathOf(request, undefined))
      const begun = transactions.read(request)
      const transaction = begun.find(({ state }) => isSameSecret(state, request.query.get('state')))
      // The browser's way back, or a reload, after a login that is done.
      if (transaction === undefined && browser.isKnown(request)) return goTo(pathOf(request, undefined))
      // A login of another browser, or none: nothing in the address is believed, not even that it is an error.
      if (transaction === undefined) {
        const error =
          begun.length === 0
            ? new LoginFailure('expired', 'this browser has begun no login, or too long ago')
            : new LoginFailure('untrusted', 'the answer of the provider is for another login')
        report(request, error, '')
        return failed(request, error, pathOf(request, undefined))
      }
      const { returnTo } = transaction
      let word: Word | null = null
      try {
        await transactions.use(transaction)
        const address = new URL(transaction.redirectUri)
        address.search = String(request.query)
        word = await provider.exchange(address, transaction)
        const person = await askHost(claimsOf(word))
        if (person === null) throw new LoginFailure('refused', 'toUser() does not let this user in')
        const grant = await grants.begin(person, word)
        if (word.refreshToken === null) warnOfNoRefresh()
        return goTo(returnTo, [
          ...transactions.clear(request, transaction),
          browser.write(request, grant, person),
          switching.clear(request),
        ])
      } catch (error) {
        report(request, error, word === null ? '' : nameOf(claimsOf(word)))
        const other = failureOf(error).kind === 'refused' ? [switching.write(request, '1')] : []
        return failed(request, error, returnTo, [...transactions.clear(request, transaction), ...other])
      }
    },

    async logout(request) {
      const returnTo = pathOf(request, request.query.get('return_to'))
      const login = browser.read(request)
      if (login === null || !browser.isSignOut(login, request.query.get('proof'))) return goTo(returnTo)
      // At every logout: the provider may let the user in again without a question, and the next pilot taps the same button.
      const cookies = [browser.clear(request), switching.write(request, '1')]
      const idToken = await grants.signOut(login).catch((error: unknown) => {
        logger.warn(
          { user: login.person.id, ...failureOf(error).facts },
          'A logout could not be stored. This browser is logged out, but a copy of its cookie works for up to 10 minutes. Check the shared store.',
        )
        return null
      })
      try {
        const target = await provider.endSessionUrl({
          post_logout_redirect_uri: options.postLogoutRedirectUri ?? ownAddress(request, 'signed-out'),
          state: returnSeal.close(returnTo),
          ...(idToken === null ? {} : { id_token_hint: idToken }),
          ...uiLocales(request),
        })
        if (target !== null) return goTo(target, cookies)
      } catch (error) {
        const { message, facts } = failureOf(error)
        logger.warn(
          { user: login.person.id, ...facts },
          `A user is logged out here, but not at the OpenID Connect provider: ${message}`,
        )
      }
      return goTo(withReason(returnTo, 'signed_out'), cookies)
    },

    signedOut(request) {
      const returnTo = returnSeal.open(request.query.get('state'))
      return goTo(withReason(pathOf(request, returnTo), 'signed_out'))
    },
  }
}

function goTo(target: string | URL, cookies: readonly string[] = []): HttpResponse {
  // The address that the browser is at has a code in it.
  const headers = { 'referrer-policy': 'no-referrer' }
  return { ...redirectResponse(target, { status: 303, headers }), cookies }
}

function withReason(path: string, kind: FailureKind | 'signed_out'): string {
  const url = new URL(path, 'http://here.invalid')
  url.searchParams.set('reason', kind === 'signed_out' ? kind : REASONS[kind])
  return `${url.pathname}${url.search}`
}

/** For the audit trail of a refusal. */
function nameOf({ sub, preferred_username: name, email }: OidcClaims): string {
  const known = [name, email, sub].find((value) => typeof value === 'string' && value !== '')
  return String(known)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, 256)
}

const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}$/i

/** The languages of the controller, for the pages of the provider. */
function uiLocales({ headers }: HttpRequest): { readonly ui_locales?: string } {
  const accepted = headers['accept-language']
  if (typeof accepted !== 'string') return {}
  const languages = accepted
    .split(',')
    .map((part) => part.split(';')[0]?.trim() ?? '')
    .filter((language) => LANGUAGE.test(language))
    .slice(0, 3)
  return languages.length === 0 ? {} : { ui_locales: languages.join(' ') }
}
