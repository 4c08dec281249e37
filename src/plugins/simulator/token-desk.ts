import type { PluginContext, Session } from '../../plugin.ts'

/** The token that the page gave to Pilot. It is never shown, only looked up in the session store. */
export interface TokenDesk {
  /** Call it with every call of the bridge. @returns true: it gave Pilot another token than before */
  called(method: string, args: readonly unknown[]): boolean
  /** Pilot has forgotten everything. */
  forget(): void
  isKnown(): boolean
  /** Why the session has ended, if `set` ended it and nobody has logged in since. */
  ended(): 'revoked' | null
  /** The session of the token; null: there is none, or it has ended. */
  session(): Promise<Session | null>
  /** @param replace gives Pilot another token. @returns what the page itself has to do */
  set(be: 'expired' | 'revoked', replace: (token: string) => void): Promise<Readonly<Record<string, unknown>>>
}

export function createTokenDesk({ sessions, clock }: Pick<PluginContext, 'sessions' | 'clock'>): TokenDesk {
  let token: string | undefined
  let ended: 'revoked' | null = null

  async function session(): Promise<Session | null> {
    const situation = await sessions.tokenStatus(token)
    return situation.kind === 'valid' || situation.kind === 'refreshable' ? situation.session : null
  }
  const learn = (given: string | undefined): boolean => {
    if (given === undefined || given === token) return false
    token = given
    ended = null
    return true
  }

  return {
    called(method, args) {
      if (method === 'apiSetToken')
        return learn(typeof args[0] === 'string' && args[0] !== '' ? args[0] : undefined)
      return method === 'platformLoadComponent' && args[0] === 'api' && learn(tokenIn(args[1]))
    },
    forget() {
      token = undefined
      ended = null
    },
    isKnown: () => token !== undefined && ended === null,
    ended: () => ended,
    session,
    async set(be, replace) {
      const found = await session()
      if (found === null) return { done: false, why: 'Nobody is logged in.' }
      if (be === 'revoked') {
        // Before it happens, so that the page knows why its connection is closed.
        ended = 'revoked'
        return { done: (await sessions.end({ id: found.id }, 'revoked')) > 0 }
      }
      const was = token
      const expired = sessions.shortLivedToken(found, clock.now() - 1_000)
      replace(expired)
      // The page has its own copy, which the browser replaces.
      return { done: true, was, now: expired }
    },
  }
}

function tokenIn(params: unknown): string | undefined {
  try {
    const { token } = JSON.parse(String(params)) as { token?: unknown }
    return typeof token === 'string' && token !== '' ? token : undefined
  } catch {
    return undefined
  }
}
