import { writeFile } from 'node:fs/promises'
import CDP from 'chrome-remote-interface'
import { type Engine, launchChromium } from './chromium.ts'

/** Drives one tab with the commands that Chromium 70 and today's have in common. */
export interface BrowserPage {
  readonly cdp: CDP.Client
  /** Resolves when the document is loaded. */
  goto(url: string): Promise<void>
  /** Value of an expression; promises are awaited. Rejects with the page's own error. */
  evaluate<T = unknown>(expression: string): Promise<T>
  /** Until the expression is truthy: also over navigations. Rejects with the page's text. */
  waitFor(expression: string, timeoutMs?: number): Promise<void>
  /** As if typed: the field's value is set and its events fire. */
  fill(selector: string, text: string): Promise<void>
  click(selector: string): Promise<void>
  text(): Promise<string>
  screenshot(path: string): Promise<void>
  size(width: number, height: number, scale?: number): Promise<void>
  /** Console errors, exceptions and CSP violations since the last call of `forgetProblems`. */
  problems(): readonly string[]
  forgetProblems(): void
  /** The answer to a dialog of the page: a text for its prompt, null to dismiss it. Without a handler all are dismissed. */
  onDialog(handler: ((type: string, message: string) => string | null) | null): void
  /** Run before every later document's own scripts, until the returned function is called. */
  addScript(source: string): Promise<() => Promise<void>>
}

export interface Browser {
  readonly engine: Engine
  readonly page: BrowserPage
  close(): Promise<void>
}

/** One browser with one tab. Pages of other ports are other origins: tests share nothing but the process. */
export async function openBrowser(engine: Engine): Promise<Browser> {
  const chromium = await launchChromium(engine)
  try {
    const target = await firstTab(chromium.port)
    // local: the protocol's description of the package, not the browser's: both engines get the same commands.
    const cdp = await CDP({ port: chromium.port, target, local: true })
    const page = await openPage(cdp)
    return {
      engine,
      page,
      async close() {
        await cdp.close().catch(() => {})
        await chromium.close()
      },
    }
  } catch (error) {
    await chromium.close()
    throw error
  }
}

const LIMIT_MS = 15_000
const POLL_MS = 25

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS))

/** The debugger listens a moment before the first tab is there. */
async function firstTab(port: number): Promise<CDP.Target> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await soon()) {
    const tab = (await CDP.List({ port })).find(({ type }) => type === 'page')
    if (tab !== undefined) return tab
  }
  throw new Error('The browser has no tab.')
}

/** A tab that hangs is an error with a name, not the silence of a test that runs out of time. */
async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The browser hangs: ${what}`)), LIMIT_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** CSP violations are no console errors in Chromium 70's log: the page itself reports them in both. */
export const REPORT_CSP = `document.addEventListener('securitypolicyviolation', function (event) {
  console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI);
});`

async function openPage(cdp: CDP.Client): Promise<BrowserPage> {
  const { Page, Runtime, Log, Emulation } = cdp
  let problems: string[] = []
  Runtime.exceptionThrown(({ exceptionDetails: details }) => {
    problems.push(`exception: ${details.exception?.description ?? details.text}`)
  })
  Runtime.consoleAPICalled(({ type, args }) => {
    if (type === 'error' || type === 'assert')
      problems.push(`console: ${args.map((arg) => arg.value ?? arg.description).join(' ')}`)
  })
  Log.entryAdded(({ entry }) => {
    if (entry.level === 'error') problems.push(`log: ${entry.text} ${entry.url ?? ''}`)
  })
  // Always answered: a dialog left open holds the tab and every later command to it.
  let dialog: Parameters<BrowserPage['onDialog']>[0] = null
  Page.javascriptDialogOpening(({ type, message }) => {
    const promptText = dialog === null ? null : dialog(type, message)
    const handled = Page.handleJavaScriptDialog(
      promptText === null ? { accept: false } : { accept: true, promptText },
    )
    // The page may have gone meanwhile, and its dialog with it.
    handled.catch(() => {})
  })
  await Promise.all([Page.enable(), Runtime.enable(), Log.enable()])
  await Page.addScriptToEvaluateOnNewDocument({ source: REPORT_CSP })

  const evaluate = async <T>(expression: string): Promise<T> => {
    const evaluated = Runtime.evaluate({ expression, awaitPromise: true, returnByValue: true })
    const { result, exceptionDetails } = await inTime(evaluated, expression)
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value as T
  }
  const text = (): Promise<string> => evaluate<string>('document.body ? document.body.innerText : ""')

  const waitFor = async (expression: string, timeoutMs = 15_000): Promise<void> => {
    const end = Date.now() + timeoutMs
    let trouble = ''
    while (Date.now() < end) {
      // A navigation takes the context away from under the question: ask the next one.
      const answer = await evaluate(`!!(${expression})`).catch((error: Error) => {
        trouble = error.message
        return false
      })
      if (answer === true) return
      await soon()
    }
    const shown = await text().catch(() => '')
    throw new Error(
      `Never true: ${expression}\n${trouble}\nThe page says:\n${shown}\nProblems:\n${problems.join('\n')}`,
    )
  }

  const element = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})`

  return {
    cdp,
    evaluate,
    waitFor,
    text,
    async goto(url) {
      const loaded = new Promise<void>((resolve) => {
        const off = Page.loadEventFired(() => {
          ;(off as unknown as () => void)()
          resolve()
        })
      })
      const { errorText } = await inTime(Page.navigate({ url }), `going to ${url}`)
      if (errorText) throw new Error(`${url}: ${errorText}`)
      await inTime(loaded, `loading ${url}`)
    },
    async fill(selector, value) {
      await waitFor(element(selector))
      await evaluate(`(function () {
        var field = ${element(selector)};
        field.focus();
        field.value = ${JSON.stringify(value)};
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.dispatchEvent(new Event('change', { bubbles: true }));
      })()`)
    },
    async click(selector) {
      // As a hand would: not before it can be seen and pressed.
      const it = element(selector)
      await waitFor(`${it} && !${it}.disabled && ${it}.getClientRects().length > 0`)
      await evaluate(`${element(selector)}.click()`)
    },
    async screenshot(path) {
      const { data } = await Page.captureScreenshot({ format: 'png' })
      await writeFile(path, Buffer.from(data, 'base64'))
    },
    size: (width, height, scale = 1) =>
      Emulation.setDeviceMetricsOverride({ width, height, deviceScaleFactor: scale, mobile: false }),
    onDialog(handler) {
      dialog = handler
    },
    problems: () => problems,
    forgetProblems() {
      problems = []
    },
    async addScript(source) {
      const { identifier } = await Page.addScriptToEvaluateOnNewDocument({ source })
      // Two navigations at once, such as a logout's and Pilot's own, can cost today's Chromium its list of scripts:
      // then there is nothing left to take out.
      const lost = (error: Error): void => {
        if (!/Script not found/.test(error.message)) throw error
      }
      return () => Page.removeScriptToEvaluateOnNewDocument({ identifier }).catch(lost)
    },
  }
}
