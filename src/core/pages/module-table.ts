/** Values that the server knows when it makes a page. */
export interface ModuleContext {
  readonly username: string
  readonly apiHost: string
  readonly wsHost: string
}

/** A parameter of platformLoadComponent that the server sets. */
export interface ModuleParam {
  /** Its name for Pilot. */
  readonly native: string
  /** Its name below the module's option. Absent if the host cannot set it. */
  readonly option?: string
  /** Values of the option: a text, true or false, a ws:// address, a list of words, or words with the value for Pilot. */
  readonly takes?: 'text' | 'flag' | 'ws-url' | readonly string[] | Readonly<Record<string, number>>
  /** The value if the option is not given. */
  readonly otherwise: string | boolean | { readonly from: keyof ModuleContext }
}

/** A module of Pilot that pages load through the bridge (facts B7). */
export interface ModuleRow {
  readonly name: string
  /** Modules that must be loaded before it. If one of them is reloaded, this one is reloaded too. */
  readonly needs: readonly string[]
  /** True: every page loads it, and there is no option for it. */
  readonly always?: true
  /** True: it reads the token only when it is loaded, so a new token needs a reload. */
  readonly reloadWithToken?: true
  readonly params: readonly ModuleParam[]
  /** Parameters that only the page knows. If the name contains `callback`, the value is the name of a function of the page. */
  readonly ofPage?: readonly ('token' | 'connectCallback' | 'statusCallback')[]
}

/**
 * All modules of Pilot, in the order of loading. Plan, options, pages, virtual Pilot and recorder take their lists from
 * this table. Runs in Chromium 70.
 *
 * For Pilot, `ws` needs no other module. Here it is loaded after `thing`, as the design's flow says. `mission` works
 * without `ws` (facts B7), so it does not wait for it.
 */
export const MODULE_TABLE = [
  {
    name: 'api',
    needs: [],
    always: true,
    params: [{ native: 'host', otherwise: { from: 'apiHost' } }],
    ofPage: ['token'],
  },
  // The page asks for address and credentials when it loads this module.
  { name: 'thing', needs: [], always: true, params: [] },
  {
    name: 'ws',
    needs: ['api', 'thing'],
    always: true,
    reloadWithToken: true,
    params: [{ native: 'host', otherwise: { from: 'wsHost' } }],
    ofPage: ['token', 'connectCallback'],
  },
  { name: 'tsa', needs: ['api', 'thing', 'ws'], always: true, params: [] },
  {
    name: 'liveshare',
    needs: ['thing'],
    params: [
      {
        native: 'videoPublishType',
        option: 'videoPublishType',
        takes: ['video-on-demand', 'video-by-manual', 'video-demand-aux-manual'],
        otherwise: 'video-on-demand',
      },
    ],
    ofPage: ['statusCallback'],
  },
  {
    name: 'map',
    needs: ['api', 'thing', 'ws'],
    params: [
      { native: 'userName', option: 'userName', takes: 'text', otherwise: { from: 'username' } },
      { native: 'elementPreName', option: 'elementPreName', takes: 'text', otherwise: 'PILOT' },
    ],
  },
  {
    name: 'media',
    needs: ['api', 'thing'],
    params: [
      { native: 'autoUploadPhoto', option: 'autoUploadPhoto', takes: 'flag', otherwise: true },
      {
        native: 'autoUploadPhotoType',
        option: 'photoType',
        takes: { original: 0, preview: 1 },
        otherwise: 'original',
      },
      { native: 'autoUploadVideo', option: 'autoUploadVideo', takes: 'flag', otherwise: false },
    ],
  },
  { name: 'mission', needs: ['api', 'thing'], params: [] },
  {
    name: 'mop',
    needs: ['api', 'thing'],
    reloadWithToken: true,
    params: [{ native: 'host', option: 'host', takes: 'ws-url', otherwise: { from: 'wsHost' } }],
    ofPage: ['token', 'connectCallback'],
  },
] as const satisfies readonly ModuleRow[]

/** The name of a module of Pilot's bridge, such as `'thing'`. */
export type ModuleName = (typeof MODULE_TABLE)[number]['name']

/** In the order of loading. */
export const MODULE_NAMES: readonly ModuleName[] = /* @__PURE__ */ MODULE_TABLE.map(({ name }) => name)
