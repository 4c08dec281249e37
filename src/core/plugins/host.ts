import { unknownName } from '../checking/explain.ts'
import type { Devices } from '../devices/service.ts'
import type { Route } from '../http/routes.ts'
import { OWN_KINDS } from '../mqtt/topic-table.ts'
import { type Fault, fault, refusedOptions } from '../options/faults.ts'
import { MODULE_NAMES } from '../pages/module-table.ts'
import { isSwitchedOff, type ModulesOptions } from '../pages/modules.ts'
import type { ModuleName } from '../pages/page-data.ts'
import type { Messages } from '../pages/texts/index.ts'
import type { Logger } from '../ports/index.ts'
import { isThenable, withinTime } from '../promises.ts'
import { createSequence } from '../sequence.ts'
import type { SignInSource } from '../sign-in/source.ts'
import { sourceFault } from '../sign-in/source-fault.ts'
import type { PluginContext } from './context.ts'
import type { AnyPlugin, PluginParts } from './define.ts'
import { doctorCheckFault, type ServedCheck, servedCheck } from './doctor-checks.ts'
import { createOwners, inOrder, PLATFORM } from './faults.ts'
import { messageFaults } from './own-words.ts'
import { type PageAdditions, pageAdditions, pagesFaults } from './pages.ts'
import type { PluginHealth } from './plugin-health.ts'
import { createRowOwners, rowFault } from './row-faults.ts'
import type { PilotResponseTransform } from './rows.ts'
import { toRoute } from './to-route.ts'
import { topicFault } from './topics.ts'

/** A plugin that is set up. */
interface Member {
  readonly id: string
  readonly parts: PluginParts
}

/** The parts of all plugins together. */
export interface PluginHost {
  readonly members: readonly Member[]
  readonly routes: readonly Route[]
  readonly modules: readonly ModuleName[]
  /** The checks that the doctor runs. */
  readonly doctorChecks: readonly ServedCheck[]
  readonly pages: PageAdditions
  readonly transforms: readonly PilotResponseTransform[]
  readonly signIn: readonly SignInSource[]
  /** `cloud.plugins` */
  readonly apis: Readonly<Record<string, unknown>>
  health(): Readonly<Record<string, PluginHealth>>
  /** Starts all plugins. @throws what the first one that fails throws; every failure is logged */
  start(): Promise<void>
  /** Closes each plugin after those that depend on it. A failure is logged. */
  close(): Promise<void>
}

export interface PluginHostParts {
  /** The option `plugins`, already checked. */
  readonly plugins: readonly AnyPlugin[]
  readonly contextOf: (plugin: AnyPlugin, api: (id: string) => unknown) => PluginContext
  /** The platform's own rows, which no plugin may take. */
  readonly ownRoutes: readonly Pick<Route, 'method' | 'path' | 'except'>[]
  /** `biz_code`s that the platform sends itself. */
  readonly ownPushes: readonly string[]
  /** The options `modules` and `pages.messages`: they may conflict with a plugin, or name its texts. */
  readonly own: { readonly modules: ModulesOptions; readonly messages: Messages }
  /** Ids of sign-in sources that the platform has itself. */
  readonly ownSources: readonly string[]
  /** False: a sign-in source has to know its users itself. */
  readonly hasUsers: boolean
  readonly production: boolean
  /** Makes the fault of a plugin that has limits; null: it may have them. */
  readonly limitFault: ((plugin: string) => Fault) | null
  /** Plugins that have made a limit in `setup`. */
  readonly limited: ReadonlySet<string>
  readonly devicesIn: Devices['in']
  readonly logger: Logger
}

/**
 * Sets all plugins up.
 * @throws DjiCloudError OPTIONS with every conflict and every failed set-up; plugins that were set up before are closed
 */
export function createPluginHost(parts: PluginHostParts): PluginHost {
  const { plugins, logger } = parts
  const faults: Fault[] = []
  const members: Member[] = []
  const apis: Record<string, unknown> = {}
  for (const plugin of inOrder(plugins).ordered) {
    try {
      const made: PluginParts = plugin.setup(parts.contextOf(plugin, (id) => apis[id])) ?? {}
      if (isThenable(made)) {
        made.then(undefined, () => undefined)
        throw new Error(
          'setup is asynchronous; make it synchronous, and do slow work when it is first needed',
        )
      }
      members.push({ id: plugin.id, parts: made })
      apis[plugin.id] = made.api
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      faults.push(fault(`plugins.${plugin.id}`, `could not be set up: ${words}`))
    }
  }
  faults.push(...conflicts(members, parts))
  const close = (): Promise<void> => closeAll(members, logger)
  if (faults.length > 0) {
    void close()
    throw refusedOptions(faults, parts.production)
  }
  // In the host's order, not in the order of dependencies: pages show them in the host's order.
  const listed = plugins.flatMap(({ id }) => members.filter((member) => member.id === id))
  return {
    members,
    routes: listed.flatMap(({ id, parts: { routes = [], pages } }) =>
      routes.map((row) => toRoute(row, id, parts.devicesIn, Object.keys(pages?.documents ?? {}))),
    ),
    modules: listed.flatMap(({ parts: { modules = [] } }) => modules),
    doctorChecks: listed.flatMap(({ id, parts: { doctor = [] } }) =>
      doctor.map((check) => servedCheck(id, check)),
    ),
    pages: pageAdditions(listed.map(({ id, parts: { pages = {} } }) => ({ id, pages }))),
    transforms: listed.flatMap(({ parts: { transformPilotResponse } }) =>
      transformPilotResponse === undefined ? [] : [transformPilotResponse],
    ),
    signIn: listed.flatMap(({ parts: { signIn = [] } }) => signIn),
    apis,
    health: () =>
      Object.fromEntries(
        listed.flatMap(({ id, parts: made }) =>
          made.health === undefined ? [] : [[id, healthOf(id, made.health, logger)]],
        ),
      ),
    start: () => startAll(listed, logger),
    close,
  }
}

/** A plugin may wait for a service that never answers. After this time the platform reports that it does not start. */
const LONGEST_START_MS = 10_000

async function startAll(members: readonly Member[], logger: Logger): Promise<void> {
  const begin = async ({ id, parts }: Member): Promise<void> => {
    const late = () => new Error(`The plugin ${id} did not start within ${LONGEST_START_MS} ms.`)
    try {
      await withinTime(Promise.resolve(parts.start?.()), LONGEST_START_MS, late)
    } catch (error) {
      logger.error({ err: error, plugin: id }, 'A plugin did not start. See the error.')
      throw error
    }
  }
  await Promise.all(members.map(begin))
}

/** Finds names that two owners claim (two plugins, or a plugin and the platform), and rows with faults. */
function conflicts(members: readonly Member[], given: PluginHostParts): Fault[] {
  const { ownRoutes, ownPushes, own, ownSources, hasUsers } = given
  const faults: Fault[] = []
  const owners = createOwners(faults)
  const rows = createRowOwners()
  for (const row of ownRoutes) rows.claim(PLATFORM, row)
  for (const code of ownPushes) owners.claim(PLATFORM, 'push', code)
  for (const kind of OWN_KINDS) owners.claim(PLATFORM, 'topic', kind)
  for (const id of ownSources) owners.claim(PLATFORM, 'sign-in source', id)
  // Devices send this request first, and only the platform can answer it: it has the licence.
  owners.claim(PLATFORM, 'device request', 'config')
  const asking = new Set(
    given.plugins.filter(({ needs = [] }) => needs.includes('signIn')).map(({ id }) => id),
  )
  for (const { id, parts } of members) {
    const add = (fix: string): void => void faults.push(fault(`plugins.${id}`, fix))
    try {
      claimParts(id, parts, { owners, rows, hasUsers, asksWho: asking.has(id) }, add)
      for (const name of parts.modules ?? [])
        if (isSwitchedOff(own.modules, name))
          faults.push(
            fault(
              `modules.${name}`,
              `is false, but the plugin ${id} needs this module; remove this option or the plugin`,
            ),
          )
    } catch (error) {
      add(
        `returned parts from setup that do not fit the type PluginParts: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  const hasSources = ownSources.length > 0 || members.some(({ parts: { signIn = [] } }) => signIn.length > 0)
  if (!hasUsers && !hasSources)
    faults.push(
      fault('users', 'is false, and nothing else logs anybody in; give users, the option login, or a plugin'),
    )
  for (const { id, needs = [] } of given.plugins)
    if (needs.includes('signIn') && !hasSources)
      faults.push(
        fault(
          `plugins.${id}`,
          'needs a login that knows who a browser is; give the option login, or a plugin that brings one',
        ),
      )
  if (given.limitFault !== null)
    for (const { id, parts } of members)
      if (given.limited.has(id) || hasLimit(parts)) faults.push(given.limitFault(id))
  faults.push(...messageFaults(own.messages, members))
  return faults
}

const hasLimit = ({ routes = [] }: PluginParts): boolean =>
  routes.some(({ rateLimit }) => rateLimit !== undefined)

type Owners = ReturnType<typeof createOwners>

function claimParts(
  id: string,
  parts: PluginParts,
  {
    owners,
    rows,
    hasUsers,
    asksWho,
  }: {
    readonly owners: Owners
    readonly rows: ReturnType<typeof createRowOwners>
    readonly hasUsers: boolean
    /** Whether a plugin needs a login that knows who a browser is. */
    readonly asksWho: boolean
  },
  add: (fix: string) => void,
): void {
  const trustsCookies = asksWho || (parts.signIn ?? []).length > 0
  for (const row of parts.routes ?? []) {
    const problem = rowFault(row, { trustsCookies }) ?? rows.claim(id, row)
    if (problem !== null) add(problem)
  }
  for (const method of Object.keys(parts.deviceRequests ?? {})) owners.claim(id, 'device request', method)
  for (const method of Object.keys(parts.deviceEvents ?? {})) owners.claim(id, 'device event', method)
  for (const [kind, row] of Object.entries(parts.topics ?? {})) {
    const problem = topicFault(kind, row)
    if (problem === null) owners.claim(id, 'topic', kind)
    else add(problem)
  }
  for (const check of parts.doctor ?? []) {
    const problem = doctorCheckFault(check)
    if (problem === null) owners.claim(id, 'doctor check', `${id}/${check.id}`)
    else add(problem)
  }
  for (const source of parts.signIn ?? []) {
    const problem = sourceFault(source, hasUsers)
    if (problem === null) owners.claim(id, 'sign-in source', source.id)
    else add(problem)
  }
  for (const code of parts.pushes ?? []) owners.claim(id, 'push', code)
  for (const name of parts.modules ?? []) {
    if (MODULE_NAMES.includes(name)) owners.claim(id, 'module', name)
    else add(`switches on the module "${name}", which ${unknownName(name, MODULE_NAMES, 'one of Pilot')}`)
  }
  for (const problem of pagesFaults(id, parts.pages ?? {})) add(problem)
}

function healthOf(id: string, ask: () => PluginHealth, logger: Logger): PluginHealth {
  try {
    return ask()
  } catch (error) {
    logger.error({ err: error, plugin: id }, 'The function health of a plugin failed. See the error.')
    return { status: 'down', detail: 'its function health failed; the log has the cause' }
  }
}

/** The other plugins are closed even if one fails or never finishes. */
function closeAll(members: readonly Member[], logger: Logger): Promise<void> {
  const closing = createSequence<null>('Closing the plugins', logger)
  for (const { id, parts } of [...members].reverse()) closing.add(id, () => parts.close?.())
  return closing.run(null)
}
