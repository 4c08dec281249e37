import { openPilotBrowser } from '../testing/chromium/pilot-page.ts'
import type { PageSeen } from '../testing/chromium/seen.ts'
import type { PilotEvent } from '../testing/events.ts'
import { createVirtualPilot } from '../testing/virtual-pilot.ts'

/** What a page of another platform did with Pilot, as data for the findings. */
export interface Inside {
  readonly page: PageSeen
  /** Null: no account was given. False: the page shows no login form. */
  readonly formFound: boolean | null
  readonly calls: readonly PilotEvent<'bridge'>[]
  readonly verified: boolean
  readonly workspaceId: string | null
  readonly platformName: string | null
  readonly components: readonly string[]
  /** The parameters that the page gave to the module `thing`. */
  readonly thing: { readonly host: string; readonly username: string; readonly password: string } | null
  readonly ws: { readonly state: string; readonly reason: string | null }
  /** Pilot's own requests that were answered with an error, and the one that made Pilot leave. */
  readonly refused: readonly { readonly url: string; readonly status: number }[]
  readonly withdrawn: string | null
}

/**
 * A serial number that looks different from a real one. The same for every platform that is not made with this package.
 */
export const INSIDE_GATEWAY = 'DOCTOR00000001'

const QUIET_MS = 1_500

interface Visit {
  readonly url: URL
  readonly account: { readonly username: string; readonly password: string } | null
  readonly timeout: number
}

/** Opens the page in a Chromium inside a virtual Pilot, logs in if it can, and waits until nothing more happens. */
export async function lookInside(context: Visit, executable: string): Promise<Inside> {
  const calls: PilotEvent<'bridge'>[] = []
  const refused: { url: string; status: number }[] = []
  let ws: Inside['ws'] = { state: 'idle', reason: null }
  let withdrawn: string | null = null
  const pilot = createVirtualPilot({
    url: context.url.href,
    gateway: { serial: INSIDE_GATEWAY },
    aircraft: null,
    logLimit: 1,
    onEvent(event) {
      if (event.type === 'bridge' && calls.length < 500) calls.push(event)
      if (event.type === 'ws.state') ws = { state: event.state, reason: event.reason }
      if (event.type === 'withdrawn') withdrawn = event.url
      if (event.type === 'http' && event.side === 'native' && (event.status === 0 || event.status >= 400))
        refused.push({ url: event.url, status: event.status })
    },
  })
  try {
    const limit = Math.max(3 * context.timeout, 10_000)
    const browser = await openPilotBrowser(pilot, {
      executable,
      timeoutMs: limit,
      ignoreCertificateErrors: true,
    })
    try {
      await browser.open()
      await browser.waitUntilQuiet(QUIET_MS, limit)
      let formFound: boolean | null = null
      if (context.account !== null && !pilot.native.components.includes('thing')) {
        formFound = await browser.login(context.account.username, context.account.password)
        if (formFound) await browser.waitUntilQuiet(QUIET_MS, limit)
      }
      const { verified, workspaceId, platformName, components } = pilot.native
      return {
        page: browser.seen,
        formFound,
        calls: [...calls],
        verified,
        workspaceId,
        platformName,
        components: [...components],
        thing: components.includes('thing') ? configsOf(pilot.call('thingGetConfigs', [])) : null,
        ws,
        refused,
        withdrawn,
      }
    } finally {
      await browser.close()
    }
  } finally {
    await pilot.close()
  }
}

/** Reads an answer of Pilot, which may be JSON text inside JSON. */
function configsOf(answer: unknown): Inside['thing'] {
  try {
    const { data } = (typeof answer === 'string' ? JSON.parse(answer) : answer) as { data?: unknown }
    const { host, username, password } = JSON.parse(String(data)) as Record<string, string>
    return { host: host ?? '', username: username ?? '', password: password ?? '' }
  } catch {
    return null
  }
}
