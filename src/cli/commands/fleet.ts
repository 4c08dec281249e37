import { accountFrom, type LoginOptions, loginFrom } from '../account.ts'
import { land, launch, release } from '../fleet/controllers.ts'
import { createLedger, spread } from '../fleet/figures.ts'
import { watchLinks } from '../fleet/links.ts'
import { type FleetResult, inWords } from '../fleet/report.ts'
import { watch } from '../fleet/watcher.ts'
import { EXIT, type Terminal } from '../terminal.ts'

interface Options extends Pick<LoginOptions, 'field'> {
  readonly user?: string
  readonly count: number
  readonly rate: number
  readonly for: number
  readonly json?: boolean
}

const LOOK_MS = 250
/** The longest time that the last reports may take to arrive. */
const LAST_MS = 10_000

/**
 * Runs many controllers of one account. Exit code 0: all controllers came online, no connection was lost, and the last
 * report of each aircraft arrived.
 */
export async function fleet(terminal: Terminal, url: string, options: Options): Promise<number> {
  const { fields } = loginFrom(options, terminal, false)
  const account = { ...(await accountFrom(options.user, terminal)), fields }
  const ledger = createLedger()
  let interrupted = false
  void terminal.interrupted.then(() => {
    interrupted = true
  })
  const watcher = await watch(url, account, ledger.pushed)
  const { count, rate } = options
  const aircraft = new Set<string>()
  const onReport = ({
    serial,
    data,
    at,
  }: {
    serial: string
    data: Readonly<Record<string, unknown>>
    at: number
  }) => {
    if (aircraft.has(serial)) ledger.sent(serial, data, at)
  }
  const launched = await launch(
    { ...account, url, count, rate, onReport },
    (done) => terminal.progress(bar('coming online', done, count)),
    () => interrupted,
  )
  const { online } = launched
  for (const pilot of online) if (pilot.aircraft !== null) aircraft.add(pilot.aircraft.serial)

  const links = watchLinks(online.map((pilot) => () => pilot.native.mqtt === 'connected'))
  /** The state of the connections as text. It is checked at each call, so that a restart of the platform is visible. */
  const standing = (): string =>
    `${links.look()} of ${online.length} connected${watcher.isOpen() ? '' : ', the front end is not'}`
  const began = performance.now()
  release(online)
  for (
    let flown = 0;
    flown < options.for && !interrupted && online.length > 0;
    flown = performance.now() - began
  ) {
    terminal.progress(`${bar('flying', Math.min(flown, options.for), options.for)}  ${standing()}`)
    await pause(Math.min(LOOK_MS, options.for - flown))
  }
  const flewMs = performance.now() - began
  await until(
    () => interrupted || (links.look() === online.length && watcher.isOpen()),
    (left) => terminal.progress(`waiting for lost connections, ${left} s  ${standing()}`),
  )
  for (const pilot of online) pilot.pauseTelemetry(true)
  const end = performance.now() + LAST_MS
  while (ledger.missing().length > 0 && performance.now() < end) await pause(50)
  links.look()
  terminal.progress('landing')

  const result: FleetResult = {
    url,
    count,
    rate,
    seconds: Math.round(flewMs / 1_000),
    online: online.length,
    failures: Object.fromEntries(launched.failures),
    connectionsLost: links.lost(),
    connectionsReturned: links.returned(),
    frontEndBroke: watcher.broke(),
    entry: spread(launched.entries),
    statusReply: spread(launched.replies),
    ...ledger.figures(),
    missing: ledger.missing().length,
  }
  await watcher.close()
  await land(online)
  terminal.progress(null)
  if (options.json === true) terminal.print(JSON.stringify(result, null, 2))
  else for (const line of inWords(result, terminal)) terminal.print(line)
  return lossless(result) ? EXIT.well : EXIT.unwell
}

const lossless = ({ online, count, connectionsLost, missing, disorder, sent }: FleetResult): boolean =>
  online === count && connectionsLost === 0 && missing === 0 && disorder === 0 && sent > 0

/** Waits until `done`, at most LAST_MS: after a restart of the platform, all connections need that time to come back. */
async function until(done: () => boolean, waiting: (secondsLeft: number) => void): Promise<void> {
  const end = performance.now() + LAST_MS
  for (let left = LAST_MS; left > 0 && !done(); left = end - performance.now()) {
    waiting(Math.ceil(left / 1_000))
    await pause(LOOK_MS)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function bar(title: string, done: number, all: number): string {
  const part = all === 0 ? 1 : done / all
  const full = Math.round(part * 30)
  return `${title.padEnd(14)} [${'#'.repeat(full)}${' '.repeat(30 - full)}] ${Math.round(part * 100)} %`
}
