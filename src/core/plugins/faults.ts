import type { CloudEventName } from '../events.ts'
import { type Fault, fault } from '../options/faults.ts'
import type { PluginOptions } from './context.ts'
import type { AnyPlugin, PluginFault } from './define.ts'
import { errorTableFaults, type PluginErrors } from './errors.ts'
import { idFault } from './id.ts'

const EVENT = /^[a-z][a-zA-Z]*(?:\.[a-z][a-zA-Z]*)+$/

/** First words of the platform's events: a plugin's events must begin with another word. Does not compile if one is missing. */
type FirstWord<Name> = Name extends `${infer Word}.${string}` ? Word : never
const OWN_WORDS: Readonly<Record<FirstWord<CloudEventName>, true>> = {
  gateway: true,
  aircraft: true,
  device: true,
  message: true,
  mqtt: true,
  login: true,
  credentials: true,
  token: true,
  session: true,
}

/**
 * Faults of each plugin and between plugins, found before any of them is set up.
 * @param given the option `plugins`
 */
export function pluginFaults(given: readonly AnyPlugin[], options: PluginOptions): Fault[] {
  const faults: Fault[] = []
  const owners = createOwners(faults)
  const sound: AnyPlugin[] = []
  const ids = new Set(given.map(({ id }) => id))
  for (const [index, plugin] of given.entries()) {
    try {
      claimPlugin(plugin, index)
      sound.push(plugin)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      faults.push(fault(`plugins.${index}`, `has a field that does not fit the type Plugin: ${words}`))
    }
  }
  for (const circle of circles(sound))
    faults.push(fault('plugins', `depend on each other in a circle: ${circle}`))
  return faults

  function claimPlugin(plugin: AnyPlugin, index: number): void {
    const { id, dependsOn = [], events = {} } = plugin
    const errors: PluginErrors = plugin.errors === undefined ? {} : plugin.errors
    const wrong = idFault(id)
    if (wrong !== null) {
      faults.push(fault(`plugins.${index}`, wrong))
      return
    }
    const add = (fix: string): void => void faults.push(fault(`plugins.${id}`, fix))
    owners.claim(id, 'id', id)
    for (const other of dependsOn)
      if (!ids.has(other))
        add(`depends on the plugin ${other}, which is missing; add it to the option plugins`)
    for (const problem of errorTableFaults(errors)) add(`has an error table with a fault: ${problem}`)
    for (const [name, [code]] of Object.entries(errors)) {
      owners.claim(id, 'error', name)
      owners.claim(id, 'error code', String(code))
    }
    for (const name of Object.keys(events)) {
      if (!EVENT.test(name))
        add(`has the event "${name}"; needs a name of words with dots, such as flight.finished`)
      else if (Object.hasOwn(OWN_WORDS, name.split('.')[0] ?? ''))
        add(`has the event "${name}"; its first word belongs to the events of dji-cloud, choose another`)
      owners.claim(id, 'event', name)
    }
    for (const { option, fix, variable } of checked(plugin, options))
      faults.push(variable === undefined ? fault(option, fix) : { option, fix, variable })
  }
}

function checked(plugin: AnyPlugin, options: PluginOptions): readonly PluginFault[] {
  try {
    const found: unknown = plugin.check?.(options) ?? []
    if (!Array.isArray(found)) throw new Error('check needs to return a list, [] for no fault')
    return found
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return [{ option: `plugins.${plugin.id}`, fix: `could not check the options: ${words}` }]
  }
}

/** Records which plugin owns each name. A second owner is a fault that names both. */
export function createOwners(faults: Fault[]) {
  const owners = new Map<string, string>()
  return {
    claim(id: string, kind: string, name: string): void {
      const key = `${kind} ${name}`
      const owner = owners.get(key)
      if (owner === undefined) owners.set(key, id)
      else
        faults.push(
          fault(
            `plugins.${id}`,
            owner === id
              ? `has the ${kind} ${name} twice`
              : `has the ${kind} ${name}, which ${ownerName(owner)} has already`,
          ),
        )
    },
  }
}

/** The platform as an owner. The id of a plugin cannot contain a space. */
export const PLATFORM = 'dji-cloud itself'

export const ownerName = (owner: string): string => (owner === PLATFORM ? owner : `the plugin ${owner}`)

function circles(given: readonly AnyPlugin[]): string[] {
  const { rest } = inOrder(given)
  return rest.length === 0 ? [] : [rest.map(({ id }) => id).join(', ')]
}

/** Sorts plugins: a plugin comes after those it depends on; otherwise the given order stays. `rest`: plugins in a circle. */
export function inOrder(given: readonly AnyPlugin[]): {
  readonly ordered: readonly AnyPlugin[]
  readonly rest: readonly AnyPlugin[]
} {
  const known = new Set(given.map(({ id }) => id))
  const done = new Set<string>()
  const ordered: AnyPlugin[] = []
  let rest = [...given]
  for (let before = -1; rest.length > 0 && rest.length !== before; ) {
    before = rest.length
    rest = rest.filter((plugin) => {
      if ((plugin.dependsOn ?? []).some((id) => known.has(id) && !done.has(id))) return true
      done.add(plugin.id)
      ordered.push(plugin)
      return false
    })
  }
  return { ordered, rest }
}
