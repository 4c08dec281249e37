import {
  MODULE_TABLE,
  type ModuleContext,
  type ModuleName,
  type ModuleParam,
  type ModuleRow,
} from './module-table.ts'
import type { ModulePlan } from './page-data.ts'

/** The optional modules that a host switches on. `true` means on with the defaults given here. */
export interface ModulesOptions {
  /** Live video. @default off */
  readonly liveshare?: boolean | LiveshareOptions | undefined
  /** Map elements shared with the workspace. @default off */
  readonly map?: boolean | MapOptions | undefined
  /** Upload of photos and videos; needs a storage service. @default off */
  readonly media?: boolean | MediaOptions | undefined
  /** Route library. @default off */
  readonly mission?: boolean | undefined
  /** Payload data channel. Needs a Pilot with Cloud API v1.15 or newer. @default off */
  readonly mop?: boolean | MopOptions | undefined
}

/** What the module `liveshare` is loaded with. */
export interface LiveshareOptions {
  /** Who may start a stream: the platform, the pilot, or both. @default 'video-on-demand' */
  readonly videoPublishType?: 'video-on-demand' | 'video-by-manual' | 'video-demand-aux-manual' | undefined
}

/** What the module `map` is loaded with. */
export interface MapOptions {
  /** The name shown beside elements that this controller draws. @default the user's name */
  readonly userName?: string | undefined
  /** Prefix of the names of new elements. @default 'PILOT' */
  readonly elementPreName?: string | undefined
}

/** What the module `media` is loaded with. */
export interface MediaOptions {
  /** Upload photos automatically. @default true */
  readonly autoUploadPhoto?: boolean | undefined
  /** Size of the uploaded photos. @default 'original' */
  readonly photoType?: 'original' | 'preview' | undefined
  /** Upload videos automatically. @default false */
  readonly autoUploadVideo?: boolean | undefined
}

/** What the module `mop` is loaded with. */
export interface MopOptions {
  /** ws:// or wss:// address of the channel. @default the address of the `ws` module */
  readonly host?: string | undefined
}

type Chosen = Readonly<Record<string, unknown>>

/** The value for Pilot of one parameter. */
function nativeValue(
  { option, takes, otherwise }: ModuleParam,
  chosen: Chosen,
  context: ModuleContext,
): unknown {
  const given = option === undefined ? undefined : chosen[option]
  const value = given ?? (typeof otherwise === 'object' ? context[otherwise.from] : otherwise)
  return typeof takes === 'object' && !Array.isArray(takes) ? takes[String(value) as never] : value
}

/** The modules that a page loads, with the parameters that the server knows. */
export function planModules(
  options: ModulesOptions,
  context: ModuleContext,
  table: readonly ModuleRow[] = MODULE_TABLE,
): readonly ModulePlan[] {
  return table
    .filter(({ name, always }) => always === true || isOn(options, name))
    .map(({ name, needs, params, reloadWithToken = false }) => {
      const option = optionOf(options, name)
      const chosen = typeof option === 'object' ? (option as Chosen) : {}
      return {
        // The names come from the module table.
        name: name as ModuleName,
        needs: needs as readonly ModuleName[],
        reload_with_token: reloadWithToken,
        params: Object.fromEntries(
          params.map((param) => [param.native, nativeValue(param, chosen, context)]),
        ),
      }
    })
}

/** Adds the modules of plugins to the option `modules`. Parameters that the host has set stay. */
export const withPlugins = (options: ModulesOptions, names: readonly ModuleName[]): ModulesOptions => {
  const off = names.filter((name) => !isOn(options, name))
  return { ...options, ...Object.fromEntries(off.map((name) => [name, true])) }
}

/** Whether the host has switched this module off. */
export const isSwitchedOff = (options: ModulesOptions, name: string): boolean =>
  optionOf(options, name) === false

const optionOf = (options: ModulesOptions, name: string): boolean | object | null | undefined =>
  (options as Readonly<Record<string, boolean | object | null | undefined>>)[name]

/** The names of the modules that pages load, in the order of loading. */
export const moduleNames = (
  options: ModulesOptions,
  table: readonly ModuleRow[] = MODULE_TABLE,
): readonly ModuleName[] =>
  // The names come from the module table.
  table
    .filter(({ name, always }) => always === true || isOn(options, name))
    .map(({ name }) => name as ModuleName)

const isOn = (options: ModulesOptions, name: string): boolean => {
  const option = optionOf(options, name)
  return option === true || (typeof option === 'object' && option !== null)
}
