import { TEMPLATES } from '../../views/embedded.gen.ts'
import { DjiCloudError } from '../errors.ts'
import { loadDependency } from '../packages.ts'
import { NO_ADDITIONS, type PageAdditions } from '../plugins/pages.ts'
import { type Logger, silentLogger } from '../ports/index.ts'
import { toIsland } from './island.ts'
import type { PageData } from './page-data.ts'

export type PageName = PageData['page']

/** What the HTTP side knows of one page. */
export interface PageInput {
  readonly data: PageData
  /** The nonce of this answer's content security policy. */
  readonly nonce: string
  /** Address of a bundled asset: `style.css`, `login.js`, `home.js`, `error.js`, `icon.svg`. */
  readonly asset: (name: string) => string
  /** Address of the logo: the host's, or the bundled icon. */
  readonly logo?: string
  /** `css`: what the host changed of the style, checked, for a style element with the nonce; '' for nothing. */
  readonly theme?: { readonly mode: 'auto' | 'light' | 'dark'; readonly css: string }
}

/** What every template is given, besides the host's own locals. */
export interface PageLocals extends Required<PageInput> {
  /** What plugins add at this place of the page (`SLOTS`); '' for nothing. Written raw: plugins escape what they show. */
  readonly slot: (name: string) => string
  /** Names of the assets of plugins for this page. */
  readonly additions: { readonly styles: readonly string[]; readonly scripts: readonly string[] }
  readonly mount: string
  readonly texts: PageData['texts']
  /** A text by its key; the key itself when there is none, so that a slip is seen. */
  readonly t: (key: string) => string
  /** `data` as JSON that may be written raw (`<%-`) into a script element; nothing else may. */
  readonly island: string
}

/** How a host makes the pages its own, from the smallest step to the largest. */
export interface ViewsOptions {
  /** More names for every template. Reserved names (see `PageLocals`) are refused. */
  readonly locals?: Readonly<Record<string, unknown>> | undefined
  /** Source of templates by name: a page (`login`), a partial (`partials/header`), or a new one to include. */
  readonly templates?: Readonly<Record<string, string>> | undefined
  /** Takes over altogether; `next` is what would have been rendered. */
  readonly render?: RenderPage | undefined
}

/** @param next what would have been rendered */
export type RenderPage = (
  page: PageName,
  locals: PageLocals & Readonly<Record<string, unknown>>,
  next: () => Promise<string>,
) => string | Promise<string>

/** What each page's script shows by itself; the rest of the texts stays on the server. */
const SCRIPT_TEXTS: Readonly<Record<PageName, RegExp>> = {
  login: /^(login|reason)\./,
  home: /^(?:link|home|device|logout|leave|status|state|step|module|hint|finding|diagnosis|media|live|setting|app)\./,
  error: /^$/,
}

/** @param prefixes of the keys of plugins whose scripts this page has */
const textsOfScript = (page: PageName, texts: PageData['texts'], prefixes: readonly string[] = []) =>
  Object.fromEntries(
    Object.entries(texts).filter(
      ([key]) => SCRIPT_TEXTS[page].test(key) || prefixes.some((prefix) => key.startsWith(prefix)),
    ),
  )

export interface Renderer {
  /** Rejects with VIEW; its cause names the template and the line. */
  render(page: PageName, input: PageInput): Promise<string>
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
  'additions',
  'include',
] as const

/** Loaded with the first page, not with the app. ejs has a default export only, which its types do not say. */
const loadEjs = async (): Promise<Ejs> =>
  ((await loadDependency(() => import('ejs'), 'ejs')) as unknown as { readonly default: Ejs }).default

export interface RendererParts {
  readonly overrides?: ViewsOptions
  /** What plugins add. Default: nothing. */
  readonly additions?: PageAdditions
  /** Told of a partial of a plugin that cannot be rendered: the page is shown without it. */
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
  let engine: Promise<Ejs> | undefined

  async function show(page: PageName, locals: object): Promise<string> {
    engine ??= loadEjs()
    const ejs = await engine

    function template(name: string): Compiled {
      const found = compiled.get(name)
      if (found !== undefined) return found
      const source = Object.hasOwn(sources, name) ? sources[name] : undefined
      if (source === undefined) throw new Error(`There is no template "${name}".`)
      const fresh = ejs.compile(source, {
        // Never `with`: it is slow, forbids strict mode, and lets a local shadow a name that the template meant. The
        // known locals are plain variables all the same; a mistyped one is an error with its line, not an empty text.
        strict: true,
        destructuredLocals: [...RESERVED, ...Object.keys(extra)],
        // `include` is one of these locals: ours, which knows names only. That of ejs looks into the including file's
        // folder first, so that a bundled page would ignore an overridden partial. It can be a local because
        // compileDebug (which also gives errors their line) puts the template into a block of its own.
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
    /** A partial that fails is left out: the pilot still sees the rest of the page. */
    function ofPlugin(partial: string, given: object): string {
      try {
        return include(partial, given)
      } catch (error) {
        logger.error({ err: error, template: partial }, 'the partial of a plugin could not be rendered')
        return ''
      }
    }
    return include(page, locals)
  }

  return {
    async render(page, input) {
      const { texts, mount } = input.data
      const locals = {
        ...extra,
        ...input,
        logo: input.logo ?? input.asset('icon.svg'),
        theme: input.theme ?? { mode: 'auto' as const, css: '' },
        mount,
        texts,
        t: (key: string) => (Object.hasOwn(texts, key) ? (texts[key] ?? key) : key),
        additions: { styles: additions.styles[page] ?? [], scripts: additions.scripts[page] ?? [] },
        island: toIsland({
          ...input.data,
          texts: textsOfScript(page, texts, additions.scriptTexts[page]),
        }),
      }
      const next = () => show(page, locals)
      try {
        if (overrides.render === undefined) return await next()
        // A host that renders by itself has templates of its own, which know no slots of ours.
        return await overrides.render(page, { ...locals, slot: () => '' }, next)
      } catch (cause) {
        throw new DjiCloudError('VIEW', { cause })
      }
    },
  }
}
