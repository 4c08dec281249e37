import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LoginExtras } from '../../bridge/types.ts'
import { findChromium } from '../../testing/chromium/find.ts'
import { openPilotBrowser, type PilotBrowser } from '../../testing/chromium/pilot-page.ts'
import type { PilotEvent } from '../../testing/events.ts'
import { urlsInPage } from '../../testing/page-urls.ts'
import { PRESETS } from '../../testing/presets.ts'
import { readTrace } from '../../testing/trace/read.ts'
import type { VirtualPilot } from '../../testing/types.ts'
import { createVirtualPilot } from '../../testing/virtual-pilot.ts'
import { accountFrom, type LoginOptions, loginFrom } from '../account.ts'
import { EXIT, type Terminal, UsageError } from '../terminal.ts'
import { knobsFrom } from '../values.ts'
import { said } from './pilot-lines.ts'

interface Options extends LoginOptions {
  readonly user?: string
  readonly preset?: string
  readonly knob: readonly string[]
  readonly trace?: string
  readonly for?: number
  readonly verbose?: boolean
  readonly json?: boolean
}

/** Runs one controller, from the access link until Ctrl-C. Exit code 0: its aircraft was online. */
export async function pilot(terminal: Terminal, url: string, options: Options): Promise<number> {
  const preset =
    options.preset === undefined ? PRESETS[0] : PRESETS.find(({ name }) => name === options.preset)
  if (preset === undefined)
    throw new UsageError(
      `There is no preset "${options.preset}". Use one of these: ${PRESETS.map(({ name }) => name).join(', ')}.`,
    )
  const knobs = { ...preset.knobs, ...knobsFrom(options.knob) }
  const trace = options.trace === undefined ? null : await traceFrom(resolve(terminal.cwd, options.trace))
  const more = loginFrom(options, terminal)
  const account = await accountFrom(options.user, terminal)
  const show = (event: PilotEvent): void => {
    const line =
      options.json === true ? JSON.stringify(event) : said(event, terminal, options.verbose === true)
    if (line !== null) terminal.print(line)
  }
  const virtual = createVirtualPilot({
    url,
    gateway: preset.gateway,
    aircraft: preset.aircraft,
    knobs,
    logLimit: 1,
    fakeLicense: true,
    onEvent: show,
    ...(trace === null ? {} : { trace }),
  })
  let browser: PilotBrowser | null = null
  const openBrowser = async () => {
    browser = await openPilotBrowser(virtual)
    return browser
  }
  try {
    const problem = await goOnline(virtual, { ...account, ...more }, openBrowser)
    if (problem !== null) {
      // Close what was started.
      if (virtual.flowState() !== null) await virtual.logout().catch(() => undefined)
      terminal.complain(terminal.paint('red', problem))
      return EXIT.unwell
    }
    if (options.json !== true)
      terminal.print(
        terminal.paint('green', `online: ${virtual.gateway.serial} with ${virtual.aircraft?.serial}`),
      )
    await stay(terminal, options.for)
    if (browser === null) await virtual.logout()
    else await virtual.exit()
    return EXIT.well
  } finally {
    await (browser as PilotBrowser | null)?.close()
    await virtual.close()
  }
}

interface Account extends LoginExtras {
  readonly username: string
  readonly password: string
}

const QUIET_MS = 2_000
const LIMIT_MS = 20_000

/** What is known about the code that a page of another platform asks for. */
const FOREIGN = { kind: '', hint: null, digits: null }

/** Runs a page of another platform in a browser and fills in its own login form. */
async function throughTheirPage(
  virtual: VirtualPilot,
  { username, password, code }: Account,
  openBrowser: () => Promise<PilotBrowser>,
): Promise<string | null> {
  if (findChromium() === null)
    return 'The page belongs to another platform, and needs a Chromium to run. Install one, or give its path in the variable CHROMIUM.'
  const browser = await openBrowser()
  await browser.open()
  if (browser.seen.unreached !== null) return `The page could not be loaded: ${browser.seen.unreached}.`
  await browser.waitUntilQuiet(QUIET_MS, LIMIT_MS)
  if (virtual.native.components.includes('thing')) return null
  if (!(await browser.login(username, password)))
    return 'The page has not loaded the module thing, and shows no login form that this command can fill in.'
  await browser.waitUntilQuiet(QUIET_MS, LIMIT_MS)
  if (await browser.asksForCode()) {
    if (code === undefined) return 'The page asks for a code of a second step: give it with --code.'
    await browser.enterCode(typeof code === 'string' ? code : await code(FOREIGN))
    await browser.waitUntilQuiet(QUIET_MS, LIMIT_MS)
  }
  const [exception] = browser.seen.exceptions
  return virtual.native.components.includes('thing')
    ? null
    : `After the login the page did not load the module thing${exception === undefined ? '' : `; a script failed: ${exception}`}.`
}

/** Waits for the answer to the topology. Null means that it was answered. */
async function goOnline(virtual: VirtualPilot, account: Account, openBrowser: () => Promise<PilotBrowser>) {
  try {
    const visit = await virtual.open()
    if (visit.status >= 400) return `The access link answered with HTTP ${visit.status}.`
    if (urlsInPage(visit.body) === null) {
      const problem = await throughTheirPage(virtual, account, openBrowser)
      if (problem !== null) return problem
      await virtual.topologyAcknowledged(20_000)
      return null
    }
    const outcome = await virtual.login(account.username, account.password, account)
    if (outcome.kind === 'failed') {
      const { id, message, code } = outcome.step
      return `It stopped at "${id}": ${message ?? 'no reason given'}${code === null ? '' : ` (${code})`}`
    }
    if (outcome.kind === 'login') return 'The platform asks for another login.'
    await virtual.connected(20_000)
    await virtual.topologyAcknowledged(20_000)
    return null
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    return `${error instanceof Error ? error.message.split('\n')[0] : error}${cause?.code === undefined ? '' : ` (${cause.code})`}`
  }
}

async function stay({ interrupted }: Terminal, ms: number | undefined): Promise<void> {
  if (ms === undefined) return interrupted
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((done) => {
    timer = setTimeout(done, ms)
  })
  await Promise.race([over, interrupted])
  clearTimeout(timer)
}

async function traceFrom(path: string) {
  try {
    return readTrace(await readFile(path, 'utf8'))
  } catch (error) {
    const why =
      (error as { code?: string }).code === 'ENOENT'
        ? 'there is no such file'
        : 'it is not a trace of this version'
    throw new UsageError(`${path}: ${why}.`)
  }
}
