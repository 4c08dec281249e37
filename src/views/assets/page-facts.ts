import type { Bridge } from '../../bridge/client.ts'
import { chromiumOf, type DiagnosticFacts, factsOf, type KnownFacts } from '../../bridge/diagnosis/facts.ts'
import type { FlowState, FlowStep } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Past } from './past.ts'

/** Input of the diagnosis: the flow, and what only the page knows. */
export function createPageFacts(data: PageData, bridge: Bridge, past: Past) {
  let appVersion: string | null = null
  /** Asked once, after the licence is verified, because Pilot needs that (facts B4). */
  function versionOf({ verified }: FlowState): string | null {
    if (appVersion === null && verified) {
      const version = bridge.platformGetVersion().data
      appVersion = version !== null && typeof version.appVersion === 'string' ? version.appVersion : null
    }
    return appVersion
  }
  return (
    state: FlowState,
    steps: readonly FlowStep[],
    more: Pick<KnownFacts, 'seenByServer' | 'storageStatus' | 'serverFailingSince'>,
  ): DiagnosticFacts => {
    const { bootstrap } = state
    return factsOf(state, steps, {
      ...more,
      now: Date.now(),
      networkUp: navigator.onLine,
      page: `${location.origin}${location.pathname}`,
      build: data.build,
      chromium: chromiumOf(navigator.userAgent),
      appVersion: versionOf(state),
      tokenTtlMs: bootstrap === null ? null : (bootstrap.token.expires_at - bootstrap.server_time) * 1000,
      lostWhileAway: past.lostWhileAway && state.link !== 'connected',
      loginReason: past.loginReason,
    })
  }
}
