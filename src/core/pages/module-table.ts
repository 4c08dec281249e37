/** What the server knows when it makes a page. */
export interface ModuleContext {
  readonly username: string
  readonly apiHost: string
  readonly wsHost: string
}

/** A parameter of platformLoadComponent that the server sets. */
export interface ModuleParam {
  /** Pilot's name of it. */
  readonly native: string
  /** The host's name of it, below the option of the module; absent: the host cannot set it. */
  readonly option?: string
  /** What the option takes: a text, true or false, a ws:// address, one of these words, or one of these with what Pilot is given. */
  readonly takes?: 'text' | 'flag' | 'ws-url' | readonly string[] | Readonly<Record<string, number>>
  /** Where the option is not given. */
  readonly otherwise: string | boolean | { readonly from: keyof ModuleContext }
}

/** A module of Pilot that pages load through the bridge (facts B7). */
export interface ModuleRow {
  readonly name: string
  /** Loaded before it, and reloaded with it when they are. */
  readonly needs: readonly string[]
  /** Not an option: every page has it. */
  readonly always?: true
  /** It reads the token only when it is loaded: a new token needs a reload. */
  readonly reloadWithToken?: true
  readonly params: readonly ModuleParam[]
  /** Parameters that only the page knows; what has `callback` in its name is the name of a function of the page. */
  readonly ofPage?: readonly ('token' | 'connectCallback' | 'statusCallback')[]
}

/**
 * All that Pilot has, in the order of loading. Everything that lists modules is made of this table: the plan, the options,
 * the pages, the virtual Pilot, the recorder. Runs in Chromium 70.
 *
 * Natively `ws` needs nothing; here it follows `thing`, as the flow of the design has it. `mission` works without `ws`
 * (facts B7), so it does not wait for it.
 */
export const MODULE_TABLE = [
  {
    name: 'api',
    needs: [],
    always: true,
    params: [{ native: 'host', otherwise: { from: 'apiHost' } }],
    ofPage: ['token'],
  },
  // Its address and credentials are issued to the page when it loads it.
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

export type ModuleName = (typeof MODULE_TABLE)[number]['name']

/** In the order of loading. */
export const MODULE_NAMES: readonly ModuleName[] = /* @__PURE__ */ MODULE_TABLE.map(({ name }) => name)
