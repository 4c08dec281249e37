import { TEMPLATES } from '../../views/embedded.gen.ts'
import { DjiCloudError } from '../errors.ts'
import { loadDependency } from '../packages.ts'
import { NO_ADDITIONS, type PageAdditions } from '../plugins/pages.ts'
import { type Logger, silentLogger } from '../ports/index.ts'
import { toIsland } from './island.ts'
import type { PageData } from './page-data.ts'
import { stylesOf } from './part-styles.ts'
import { fillText } from './texts/fill.ts'
import { OWN_PREFIX } from './texts/keys.ts'

/** The bundled pages. */
export type PageName = Exclude<PageData['page'], 'plugin'>

/** Values of one page that the HTTP side knows. */
export interface PageInput {
  readonly data: PageData
  /** The nonce in the content security policy of this answer. */
  readonly nonce: string
  /** Address of a bundled asset: `style.css`, `login.js`, `home.js`, `fleet.js`, `error.js`, `plugin.js`, `icon.svg`. */
  readonly asset: (name: string) => string
  /** Address of the logo: the host's, or the bundled icon. */
  readonly logo?: string
  /** `css`: the host's changes of the style, checked, for a style element with the nonce; '' if there are none. */
  readonly theme?: { readonly mode: 'auto' | 'light' | 'dark'; readonly css: string }
}

/** The locals of every template, beside the host's own. */
export interface PageLocals extends Required<PageInput> {
  /**
   * The HTML that plugins add at this slot of the page (`SLOTS`); '' if they add nothing. Write it raw: plugins escape
   * what they show.
   */
  readonly slot: (name: string) => string
  /** Names of the assets with the style of this page: one file, or its base and the parts that its templates ask for. */
  readonly styles: readonly string[]
  /** Names of the plugins' assets for this page. */
  readonly additions: { readonly styles: readonly string[]; readonly scripts: readonly string[] }
  readonly mount: string
  readonly texts: PageData['texts']
  /**
   * A text by its key, with `{name}` replaced by the value of that name, in the plural form of the first whole number. If there
   * is no such text, the key itself, so that a mistake is visible.
   */
  readonly t: (key: string, values?: Readonly<Record<string, string | null>>) => string
  /** `data` as JSON. It is safe to write it raw (`<%-`) into a script element. */
  readonly island: string
}

/** Ways to change the pages, from the smallest change to the largest. */
export interface ViewsOptions {
  /** More locals for every template. Reserved names (see `PageLocals`) are refused. */
  readonly locals?: Readonly<Record<string, unknown>> | undefined
  /** Template sources by name: a page (`login`), a partial (`partials/header`), or a new one to include. */
  readonly templates?: Readonly<Record<string, string>> | undefined
  /** Renders the page in place of the package. `next` renders the package's page. */
  readonly render?: RenderPage | undefined
}

/** @param next renders the page of the package, as if this function did not exist */
export type RenderPage = (
  page: PageName,
  locals: PageLocals & Readonly<Record<string, unknown>>,
  next: () => Promise<string>,
) => string | Promise<string>

/** Prefixes of the texts that each page's script shows. All other texts stay on the server. */
const SCRIPT_TEXTS: Readonly<Record<PageName, RegExp>> = {
  login: /^(?:login|reason|time)\.|^link\.connecting$/,
  home: /^(?:link|home|stuck|do|device|mode|age|uploads|logout|leave|status|state|step|module|hint|finding|diagnosis|media|live|setting|app)\./,
  fleet: /^(?:fleet|device|mode|age)\.|^home\.(?:unknown|copied)$/,
  error: /^$/,
}

/** @param prefixes key prefixes of the plugins with a script on this page */
const textsOfScript = (page: string, texts: PageData['texts'], prefixes: readonly string[] = []) =>
  Object.fromEntries(
    Object.entries(texts).filter(
      ([key]) =>
        (SCRIPT_TEXTS[page as PageName] ?? /^$/).test(key) ||
        key.startsWith(OWN_PREFIX) ||
        prefixes.some((prefix) => key.startsWith(prefix)),
    ),
  )

export interface Renderer {
  /** Rejects with the error VIEW. Its cause names the template and the line. */
  render(page: PageName, input: PageInput): Promise<string>
  /** The same for a plugin's own page, such as `phone-login/approve`. The host's function `render` is not asked. */
  renderDocument(name: string, input: PageInput): Promise<string>
}

type Include = (name: string, more?: object) => string
type Slot = (name: string) => string
type Compiled = (locals: object & { readonly include: Include; readonly slot: Slot }) => string

type Ejs = Pick<typeof import('ejs'), 'compile'>

const RESERVED = [
  'data',
  'nonce',
  'asset',
  'logo',
  'theme',
  'mount',
  'texts',
  't',
  'island',
  'slot',
  'styles',
  'additions',
  'include',
] as const

/** Loaded with the first page, so that the app starts faster. ejs has only a default export, which its types do not say. */
const loadEjs = async (): Promise<Ejs> =>
  ((await loadDependency(() => import('ejs'), 'ejs')) as unknown as { readonly default: Ejs }).default

export interface RendererParts {
  readonly overrides?: ViewsOptions
  /** Parts of plugins. @default none */
  readonly additions?: PageAdditions
  /** Called if a plugin's partial cannot be rendered. The page is shown without it. */
  readonly logger?: Logger
}

export function createRenderer({
  overrides = {},
  additions = NO_ADDITIONS,
  logger = silentLogger,
}: RendererParts = {}): Renderer {
  const extra = overrides.locals ?? {}
  for (const name of RESERVED) {
    if (Object.hasOwn(extra, name))
      throw new DjiCloudError('OPTIONS', { message: `The local "${name}" is taken; choose another name.` })
  }
  const sources = { ...TEMPLATES, ...additions.templates, ...overrides.templates }
  const compiled = new Map<string, Compiled>()
  const styles = new Map<string, readonly string[]>()
  /** Once for each page: it reads the sources of everything that the page includes. */
  function stylesFor(page: string): readonly string[] {
    const known = styles.get(page) ?? stylesOf(page, sources, TEMPLATES)
    styles.set(page, known)
    return known
  }
  let engine: Promise<Ejs> | undefined

  async function show(page: string, locals: object): Promise<string> {
    engine ??= loadEjs()
    const ejs = await engine

    function template(name: string): Compiled {
      const found = compiled.get(name)
      if (found !== undefined) return found
      const source = Object.hasOwn(sources, name) ? sources[name] : undefined
      if (source === undefined) throw new Error(`There is no template "${name}".`)
      const fresh = ejs.compile(source, {
        // No `with`: it is slow, forbids strict mode, and lets a local hide a name that the template means. The known
        // locals are still plain variables, and a mistyped name is an error with its line, not an empty text.
        strict: true,
        destructuredLocals: [...RESERVED, ...Object.keys(extra)],
        // `include` is one of these locals and takes names only. The one of ejs looks into the folder of the including
        // file first, so a bundled page would ignore the host's partial. It can be a local because `compileDebug`, which
        // also gives errors their line, puts the template into its own block.
        compileDebug: true,
        filename: name,
        cache: false,
        async: false,
      }) as unknown as Compiled
      compiled.set(name, fresh)
      return fresh
    }

    const include = (name: string, given: object): string =>
      template(name)({
        ...given,
        include: (other, more) => include(other, { ...given, ...more }),
        slot: (slot) => (additions.slots[slot] ?? []).map((partial) => ofPlugin(partial, given)).join('\n'),
      })
    /** Leaves out a partial that fails, so that the pilot still sees the rest of the page. */
    function ofPlugin(partial: string, given: object): string {
      try {
        return include(partial, given)
      } catch (error) {
        logger.error(
          { err: error, template: partial },
          'A partial of a plugin was left out, because it could not be rendered. See the error.',
        )
        return ''
      }
    }
    return include(page, locals)
  }

  /** @param page a bundled page, or a page of a plugin */
  function localsOf(page: string, input: PageInput) {
    const { texts, mount } = input.data
    return {
      ...extra,
      ...input,
      logo: input.logo ?? input.asset('icon.svg'),
      theme: input.theme ?? { mode: 'auto' as const, css: '' },
      mount,
      texts,
      t: ((key, values) => fillText(texts, input.data.language, key, values)) satisfies PageLocals['t'],
      styles: stylesFor(page),
      additions: { styles: additions.styles[page] ?? [], scripts: additions.scripts[page] ?? [] },
      island: toIsland({
        ...input.data,
        texts: textsOfScript(page, texts, additions.scriptTexts[page]),
      }),
    }
  }

  return {
    async renderDocument(name, input) {
      try {
        return await show(`plugins/${name}`, localsOf(name, input))
      } catch (cause) {
        throw new DjiCloudError('VIEW', { cause })
      }
    },
    async render(page, input) {
      const locals = localsOf(page, input)
      const next = () => show(page, locals)
      try {
        if (overrides.render === undefined) return await next()
        // The templates of a host that renders itself have no slots.
        return await overrides.render(page, { ...locals, slot: () => '' }, next)
      } catch (cause) {
        throw new DjiCloudError('VIEW', { cause })
      }
    },
  }
}
