import {
  MODULE_TABLE,
  type ModuleContext,
  type ModuleName,
  type ModuleParam,
  type ModuleRow,
} from './module-table.ts'
import type { ModulePlan } from './page-data.ts'

/** Which optional modules a host switches on, and with what. `true` means the defaults named here. */
export interface ModulesOptions {
  /** Live video. @default off */
  readonly liveshare?: boolean | LiveshareOptions | undefined
  /** Map elements shared with the workspace. @default off */
  readonly map?: boolean | MapOptions | undefined
  /** Upload of photos and videos; needs a storage service. @default off */
  readonly media?: boolean | MediaOptions | undefined
  /** Route library. @default off */
  readonly mission?: boolean | undefined
  /** Payload data channel, Pilot of Cloud API v1.15 or newer. @default off */
  readonly mop?: boolean | MopOptions | undefined
}

export interface LiveshareOptions {
  /** Who starts a stream: the platform, the pilot, or both. @default 'video-on-demand' */
  readonly videoPublishType?: 'video-on-demand' | 'video-by-manual' | 'video-demand-aux-manual' | undefined
}

export interface MapOptions {
  /** Shown beside elements that this controller draws. @default the user's name */
  readonly userName?: string | undefined
  /** Start of the names of new elements. @default 'PILOT' */
  readonly elementPreName?: string | undefined
}

export interface MediaOptions {
  /** Photos are uploaded without being asked. @default true */
  readonly autoUploadPhoto?: boolean | undefined
  /** Which size of them. @default 'original' */
  readonly photoType?: 'original' | 'preview' | undefined
  /** Videos too. @default false */
  readonly autoUploadVideo?: boolean | undefined
}

export interface MopOptions {
  /** ws:// or wss:// address of the channel. @default the address of the `ws` module */
  readonly host?: string | undefined
}

type Chosen = Readonly<Record<string, unknown>>

/** What Pilot is given for one parameter. */
function nativeValue(
  { option, takes, otherwise }: ModuleParam,
  chosen: Chosen,
  context: ModuleContext,
): unknown {
  const given = option === undefined ? undefined : chosen[option]
  const value = given ?? (typeof otherwise === 'object' ? context[otherwise.from] : otherwise)
  return typeof takes === 'object' && !Array.isArray(takes) ? takes[String(value) as never] : value
}

/** What a page loads, with what the server knows of the parameters. */
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
        // The table is the list of the names.
        name: name as ModuleName,
        needs: needs as readonly ModuleName[],
        reload_with_token: reloadWithToken,
        params: Object.fromEntries(
          params.map((param) => [param.native, nativeValue(param, chosen, context)]),
        ),
      }
    })
}

/** The option `modules` with those that plugins switch on; parameters that the host has set stay. */
export const withPlugins = (options: ModulesOptions, names: readonly ModuleName[]): ModulesOptions => {
  const off = names.filter((name) => !isOn(options, name))
  return { ...options, ...Object.fromEntries(off.map((name) => [name, true])) }
}

const optionOf = (options: ModulesOptions, name: string): boolean | object | null | undefined =>
  (options as Readonly<Record<string, boolean | object | null | undefined>>)[name]

const isOn = (options: ModulesOptions, name: string): boolean => {
  const option = optionOf(options, name)
  return option === true || (typeof option === 'object' && option !== null)
}
