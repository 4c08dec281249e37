import type { VirtualPilot } from '../types.ts'
import { openTab } from './devtools.ts'
import { findChromium } from './find.ts'
import { CODE_SCRIPT, FORM_SCRIPT, focusScript, SEND_SCRIPT } from './form.ts'
import { launchChromium } from './launch.ts'
import { type PageSeen, watchPage } from './seen.ts'

/** The web view of a virtual Pilot, in a real Chromium. It runs the page of any platform, not only of this package. */
export interface PilotBrowser {
  readonly seen: PageSeen
  /** Opens the access link. Resolves when the page is loaded, or when loading takes too long; `seen` says which. */
  open(): Promise<void>
  /** Types into the page's own login form and sends it. False: the page shows no login form. */
  login(username: string, password: string): Promise<boolean>
  /** Whether the page shows a field for the code of a second step (`autocomplete="one-time-code"`) now. */
  asksForCode(): Promise<boolean>
  /** Types into that field and sends it. False: the page shows none. */
  enterCode(code: string): Promise<boolean>
  /** Resolves when the page and Pilot have done nothing for this time, or after `limitMs`. */
  waitUntilQuiet(quietMs: number, limitMs: number): Promise<void>
  close(): Promise<void>
}

/** Which Chromium `openPilotBrowser` starts, and its time limits. */
export interface PilotBrowserOptions {
  /** Path of the browser. @default the environment variable CHROMIUM, or an installed Chromium */
  readonly executable?: string | undefined
  /** How long a page may take to load, and its form to appear, in ms. @default 15000 */
  readonly timeoutMs?: number | undefined
  /**
   * Shows pages even if their certificate is not valid, for a caller that checks certificates elsewhere. @default false
   */
  readonly ignoreCertificateErrors?: boolean | undefined
}

/**
 * Makes a tab of Chromium the web view of a virtual Pilot: `window.djiBridge` exists before the page's own scripts run,
 * Pilot's callbacks reach the page, and the page is closed when Pilot leaves the platform.
 * @throws Error if there is no Chromium, or it does not start
 */
export async function openPilotBrowser(
  pilot: VirtualPilot,
  {
    executable = findChromium() ?? undefined,
    timeoutMs: timeout = 15_000,
    ignoreCertificateErrors: anyCertificate = false,
  }: PilotBrowserOptions = {},
): Promise<PilotBrowser> {
  if (executable === undefined)
    throw new Error('There is no Chromium. Install one, or give its path in the variable CHROMIUM.')
  const chromium = await launchChromium(executable)
  try {
    return await attach(pilot, chromium, timeout, anyCertificate)
  } catch (error) {
    await chromium.close()
    throw error
  }
}

async function attach(
  pilot: VirtualPilot,
  chromium: { readonly endpoint: string; close(): Promise<void> },
  timeout: number,
  anyCertificate: boolean,
): Promise<PilotBrowser> {
  const tab = await openTab(chromium.endpoint)
  const offs: (() => void)[] = []
  const watchers = new Set<() => void>()
  const active = (): void => {
    for (const watcher of watchers) watcher()
  }
  const seen = watchPage(tab, active)
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await tab.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    return (result as { value?: unknown } | undefined)?.value
  }

  for (const domain of ['Page', 'Runtime', 'Network']) await tab.send(`${domain}.enable`)
  if (anyCertificate) await tab.send('Security.setIgnoreCertificateErrors', { ignore: true })
  const own = String(await evaluate('navigator.userAgent')).replace('HeadlessChrome', 'Chrome')
  const inside = pilot.knobs.webViewUserAgent.includes('dji-open-platform')
  await tab.send('Network.setUserAgentOverride', { userAgent: inside ? `${own} dji-open-platform` : own })
  await tab.send('Page.addScriptToEvaluateOnNewDocument', { source: pilot.pageScript() })

  tab.on((method, params) => {
    if (method !== 'Page.javascriptDialogOpening') return
    const answer = params['type'] === 'prompt' ? pilot.answer(String(params['message'])) : ''
    // If the page opens a dialog, answer OK, as a pilot would.
    const settled = answer === null ? { accept: false } : { accept: true, promptText: answer }
    tab.send('Page.handleJavaScriptDialog', settled).catch(() => undefined)
  })
  offs.push(
    // Telemetry never ends and no page waits for it, so it does not count as activity.
    pilot.onAny(({ type }) => type !== 'mqtt.in' && type !== 'mqtt.out' && active()),
    pilot.onScript((script, delivery) =>
      delivery === 'evaluate'
        ? evaluate(script)
        : evaluate(`void (location.href = ${JSON.stringify(`javascript:void(${script})`)})`),
    ),
    pilot.on('page', ({ state }) => {
      if (state !== 'opened') tab.send('Page.navigate', { url: 'about:blank' }).catch(() => undefined)
    }),
  )

  return {
    seen,
    async open() {
      const loaded = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeout)
        tab.on((method) => {
          if (method !== 'Page.loadEventFired') return
          clearTimeout(timer)
          resolve()
        })
      })
      pilot.pageLoaded(pilot.url)
      const { errorText } = await tab.send('Page.navigate', { url: pilot.url })
      if (typeof errorText === 'string' && errorText !== '') seen.unreached = errorText
      else await loaded
    },
    async login(username, password) {
      if ((await evaluate(`${FORM_SCRIPT}(${timeout})`)) !== true) return false
      if ((await evaluate(focusScript('name'))) === true)
        await tab.send('Input.insertText', { text: username })
      await evaluate(focusScript('secret'))
      await tab.send('Input.insertText', { text: password })
      await evaluate(SEND_SCRIPT)
      return true
    },
    asksForCode: async () => (await evaluate(CODE_SCRIPT)) === true,
    async enterCode(code) {
      if ((await evaluate(CODE_SCRIPT)) !== true) return false
      await tab.send('Input.insertText', { text: code })
      await evaluate(SEND_SCRIPT)
      return true
    },
    waitUntilQuiet(quietMs, limitMs) {
      return new Promise((resolve) => {
        const end = (): void => {
          watchers.delete(again)
          clearTimeout(limit)
          clearTimeout(timer)
          resolve()
        }
        const again = (): void => {
          clearTimeout(timer)
          timer = setTimeout(end, quietMs)
        }
        let timer = setTimeout(end, quietMs)
        const limit = setTimeout(end, limitMs)
        watchers.add(again)
      })
    },
    async close() {
      for (const off of offs) off()
      tab.close()
      await chromium.close()
    },
  }
}
