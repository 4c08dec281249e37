import type { ModuleName, ModulePlan } from './page-data.ts'

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

export interface ModuleContext {
  readonly username: string
  readonly apiHost: string
  readonly wsHost: string
}

interface ModuleRow {
  readonly name: ModuleName
  readonly needs: readonly ModuleName[]
  readonly always?: true
  /** Its token is one of its parameters: a new one reaches it only by loading it again. */
  readonly reloadWithToken?: true
  /** What the server knows of the parameters (facts B7); token, credentials and callback names are the page's. */
  readonly params: (options: ModulesOptions, context: ModuleContext) => Readonly<Record<string, unknown>>
}

const chosen = <Options extends object>(option: boolean | Options | undefined): Partial<Options> =>
  typeof option === 'object' ? option : {}

/**
 * Facts B7, in the order of loading. Natively `ws` needs nothing; here it follows `thing`, as the flow of the design
 * has it. `mission` works without `ws` (facts B7), so it does not wait for it.
 */
export const MODULES: readonly ModuleRow[] = [
  { name: 'api', needs: [], always: true, params: (_, { apiHost }) => ({ host: apiHost }) },
  { name: 'thing', needs: [], always: true, params: () => ({}) },
  {
    name: 'ws',
    needs: ['api', 'thing'],
    always: true,
    reloadWithToken: true,
    params: (_, { wsHost }) => ({ host: wsHost }),
  },
  { name: 'tsa', needs: ['api', 'thing', 'ws'], always: true, params: () => ({}) },
  {
    name: 'liveshare',
    needs: ['thing'],
    params: ({ liveshare }) => ({
      videoPublishType: chosen(liveshare).videoPublishType ?? 'video-on-demand',
    }),
  },
  {
    name: 'map',
    needs: ['api', 'thing', 'ws'],
    params: ({ map }, { username }) => ({
      userName: chosen(map).userName ?? username,
      elementPreName: chosen(map).elementPreName ?? 'PILOT',
    }),
  },
  {
    name: 'media',
    needs: ['api', 'thing'],
    params: ({ media }) => ({
      autoUploadPhoto: chosen(media).autoUploadPhoto ?? true,
      autoUploadPhotoType: chosen(media).photoType === 'preview' ? 1 : 0,
      autoUploadVideo: chosen(media).autoUploadVideo ?? false,
    }),
  },
  { name: 'mission', needs: ['api', 'thing'], params: () => ({}) },
  {
    name: 'mop',
    needs: ['api', 'thing'],
    reloadWithToken: true,
    params: ({ mop }, { wsHost }) => ({ host: chosen(mop).host ?? wsHost }),
  },
]

export function planModules(options: ModulesOptions, context: ModuleContext): readonly ModulePlan[] {
  return MODULES.filter(({ name, always }) => always === true || isOn(options, name)).map(
    ({ name, needs, params, reloadWithToken = false }) => ({
      name,
      needs,
      reload_with_token: reloadWithToken,
      params: params(options, context),
    }),
  )
}

/** The option `modules` with those that plugins switch on; parameters that the host has set stay. */
export const withPlugins = (options: ModulesOptions, names: readonly ModuleName[]): ModulesOptions => {
  const off = names.filter((name) => !isOn(options, name))
  return { ...options, ...Object.fromEntries(off.map((name) => [name, true])) }
}

const isOn = (options: ModulesOptions, name: ModuleName): boolean => {
  const option = (options as Readonly<Partial<Record<ModuleName, boolean | object>>>)[name]
  return option === true || (typeof option === 'object' && option !== null)
}
