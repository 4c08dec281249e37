import type { Bridge } from './client.ts'
import { SERVER_CODES } from './codes.ts'
import type { Memory } from './memory.ts'
import { numberIn, type Server, succeeded, textIn } from './server.ts'
import type { FlowEnvironment, FlowResponse, TokenStatus } from './types.ts'

export type LoginReasonHere = 'expired' | 'invalid' | 'revoked' | 'spent'

/** Shortest time until a renewal, even if the token expires sooner. Otherwise a wrong clock would cause endless requests. */
const SHORTEST_MS = 60_000
/** Used if `expires_at` of a new token is in the past by this controller's clock: then the clock is wrong, not the token. */
const CLOCK_WRONG_MS = 30 * 60_000

type TokenListener = (token: string | null) => void

export interface TokenKeeper {
  readonly token: string | null
  /** When to renew the token, in ms since the epoch; null without a token. */
  readonly refreshAt: number | null
  resolve(): Promise<TokenStatus>
  refresh(): Promise<TokenStatus>
  adopt(token: string, expiresAt: number | null): void
  drop(): void
  /** Calls the listener with each new token, and with null when there is none any more. @returns a function that ends this */
  onToken(listener: TokenListener): () => void
  /** Sends a request with the token. If the token has expired, renews it and sends the request once more. */
  authorized(send: (token: string) => Promise<FlowResponse>): Promise<FlowResponse>
}

export function reasonOf(code: number): LoginReasonHere {
  if (code === SERVER_CODES.TOKEN_EXPIRED || code === SERVER_CODES.TOKEN_EXPIRED_REFRESHABLE) return 'expired'
  if (code === SERVER_CODES.SESSION_ENDED) return 'revoked'
  return code === SERVER_CODES.TOKEN_SPENT ? 'spent' : 'invalid'
}

export function createTokenKeeper(
  bridge: Bridge,
  server: Server,
  memory: Memory,
  timers: FlowEnvironment['timers'],
): TokenKeeper {
  let token: string | null = null
  let listeners: readonly TokenListener[] = []
  let refreshAt: number | null = null
  let refreshing: Promise<TokenStatus> | null = null

  /** @param store what the page stores for its next load */
  function hold(next: string | null, store = (): void => {}): void {
    const before = token ?? memory.token()
    token = next
    store()
    if (next !== before) for (const listener of listeners) tell(listener, next)
  }

  /** A listener that throws must not stop the flow, and its error must not be lost. */
  function tell(listener: TokenListener, next: string | null): void {
    try {
      listener(next)
    } catch (error) {
      timers.set(() => {
        throw error
      }, 0)
    }
  }

  function adopt(next: string, expiresAt: number | null): void {
    const left = expiresAt === null ? CLOCK_WRONG_MS : expiresAt * 1000 - timers.now()
    refreshAt = timers.now() + (left <= 0 ? CLOCK_WRONG_MS : Math.max(left * 0.8, SHORTEST_MS))
    hold(next, () => memory.keepToken(next))
  }

  function drop(): void {
    refreshAt = null
    hold(null, memory.forgetToken)
  }

  async function renew(held: string): Promise<TokenStatus> {
    const answer = await server.refresh(held)
    const next = textIn(answer, 'access_token')
    if (succeeded(answer) && next !== null) {
      adopt(next, numberIn(answer, 'expires_at'))
      // Give Pilot the new token at once for its own requests: on any 401 Pilot leaves the cloud (facts C3).
      if (bridge.platformIsComponentLoaded('api').data) bridge.apiSetToken(next)
      return { kind: 'valid', token: next, refreshed: true }
    }
    if (answer.status === 401) {
      drop()
      return { kind: 'login', reason: reasonOf(answer.code) }
    }
    refreshAt = timers.now() + SHORTEST_MS
    return { kind: 'unreachable', token: held }
  }

  /** Two callers at the same time share one request, because a refresh token works only once. */
  function refresh(): Promise<TokenStatus> {
    const held = token ?? memory.token()
    if (held === null) return Promise.resolve({ kind: 'none' })
    if (refreshing === null) {
      refreshing = renew(held).then((situation) => {
        refreshing = null
        return situation
      })
    }
    return refreshing
  }

  /** Tries Pilot's token first, then the page's own. Either can be the older one. */
  function candidates(): readonly string[] {
    const pilots = bridge.platformIsComponentLoaded('api').data ? bridge.apiGetToken().data : ''
    return [pilots, memory.token() ?? ''].filter(
      (held, index, all) => held !== '' && all.indexOf(held) === index,
    )
  }

  async function resolve(): Promise<TokenStatus> {
    let reason: LoginReasonHere | null = null
    let renewable: string | null = null
    for (const held of candidates()) {
      const answer = await server.verify(held)
      if (succeeded(answer)) {
        adopt(held, numberIn(answer, 'expires_at'))
        return { kind: 'valid', token: held, refreshed: false }
      }
      if (answer.code === SERVER_CODES.TOKEN_EXPIRED_REFRESHABLE) renewable = renewable ?? held
      else if (answer.status === 401) reason = reason ?? reasonOf(answer.code)
      // Any other answer says nothing about the token, so it is kept and nobody is logged out.
      else {
        hold(held)
        return { kind: 'unreachable', token: held }
      }
    }
    if (renewable !== null) {
      hold(renewable)
      return refresh()
    }
    if (reason === null) return { kind: 'none' }
    drop()
    return { kind: 'login', reason }
  }

  return {
    get token() {
      return token
    },
    get refreshAt() {
      return refreshAt
    },
    resolve,
    refresh,
    adopt,
    drop,
    onToken(listener) {
      // A function of its own, so that the same listener can be added twice and ended once.
      const own: TokenListener = (next) => listener(next)
      listeners = [...listeners, own]
      return () => {
        listeners = listeners.filter((one) => one !== own)
      }
    },
    async authorized(send) {
      const held = token ?? memory.token() ?? ''
      const answer = await send(held)
      if (answer.code !== SERVER_CODES.TOKEN_EXPIRED_REFRESHABLE) return answer
      const renewed = await refresh()
      return renewed.kind === 'valid' ? send(renewed.token) : answer
    },
  }
}
