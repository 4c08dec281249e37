import { createHash } from 'node:crypto'
import type { Asset, Assets } from '../http/handlers/assets.ts'
import type { PagePolicy } from '../http/page-headers.ts'
import { type DocumentPolicy, policyFault, policyOf } from './document-policy.ts'

/** Where the templates of the bundled pages let plugins add something. */
export const SLOTS = ['login.top', 'login.bottom', 'home.status', 'home.panels'] as const
/** A place on the pages into which a plugin puts HTML. */
export type Slot = (typeof SLOTS)[number]

/** The parts that a plugin adds to the pages. They are strings: no file is read while the app runs. */
export interface PagesPart {
  /**
   * EJS source of one partial for each slot that it fills. Its locals are those of the page (docs/customising.md); use
   * `<%= %>`, which escapes. A host replaces it like a bundled partial, under the name `plugins/{id}/{slot}`.
   */
  readonly slots?: { readonly [Name in Slot]?: string | undefined } | undefined
  /**
   * One script for each page, already compiled for Chromium 70. It runs after the page's own script, which sets
   * `window.djiCloudPage`.
   */
  readonly scripts?: { readonly login?: string | undefined; readonly home?: string | undefined } | undefined
  /**
   * The plugin's own pages, by name. They have the platform's style, theme, language and head. A row with `answers:
   * 'document'` shows one. A host replaces the template under the name `plugins/{id}/{name}`.
   */
  readonly documents?: Readonly<Record<string, DocumentPart>> | undefined
  /** CSS. It is served as its own file, after the bundled style. */
  readonly style?: string | undefined
  /** Texts by language, then by key; keys begin with the plugin's id and a dot. If a language lacks a text, the English one is shown. */
  readonly texts?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
}

/** A page of a plugin's own. */
export interface DocumentPart {
  /**
   * EJS source of the whole page. It includes `partials/head` with the key of its title, `partials/header`, `bootstrap` and
   * `partials/footer`, as the bundled pages do. Its locals are those of the bundled pages; `data.values` is what the row gave.
   */
  readonly template: string
  /** What the page may load from other origins. @default nothing */
  readonly policy?: DocumentPolicy | undefined
  /**
   * A script, already compiled for Chromium 70. It runs after `window.djiCloudPage` is set;
   * `window.djiCloudPage.values` is what the row gave.
   */
  readonly script?: string | undefined
}

/** The additions of all plugins, in the order of the option `plugins`. */
export interface PageAdditions {
  readonly templates: Readonly<Record<string, string>>
  /** What each page of a plugin may load from other origins, by the name of the page, such as `board/welcome`. */
  readonly policies: Readonly<Record<string, PagePolicy>>
  /** Names of templates for each slot. */
  readonly slots: Readonly<Record<string, readonly string[]>>
  readonly texts: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Names of assets for each page. */
  readonly scripts: Readonly<Record<string, readonly string[]>>
  /** Prefixes of the text keys that the scripts of each page use. */
  readonly scriptTexts: Readonly<Record<string, readonly string[]>>
  readonly styles: Readonly<Record<string, readonly string[]>>
  readonly assets: Assets
}

export const NO_ADDITIONS: PageAdditions = {
  templates: {},
  slots: {},
  policies: {},
  texts: {},
  scripts: {},
  scriptTexts: {},
  styles: {},
  assets: {},
}

/** Names of pages have no dot. Names of slots have one, and the templates of both have names of the same form. */
const DOCUMENT = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

const isSlot = (name: string): name is Slot => (SLOTS as readonly string[]).includes(name)

/** What is wrong with the part `pages` of a plugin. */
export function pagesFaults(id: string, { slots = {}, texts = {}, documents = {} }: PagesPart): string[] {
  const faults = Object.keys(slots)
    .filter((name) => !isSlot(name))
    .map((name) => `fills the slot ${name}, which no page has; there are ${SLOTS.join(', ')}`)
  for (const [name, part] of Object.entries(documents)) {
    const wrong = policyFault(part?.policy)
    if (wrong !== null) faults.push(`has the page ${name}, whose policy ${wrong}`)
    if (!DOCUMENT.test(name))
      faults.push(`has the page ${name}; needs a name of small letters, digits and hyphens`)
    else if (typeof part?.template !== 'string') faults.push(`has the page ${name} without a template`)
  }
  for (const [language, words] of Object.entries(texts)) {
    const foreign = Object.keys(words).find((key) => !key.startsWith(`${id}.`))
    if (foreign !== undefined)
      faults.push(`has the text "${foreign}" (${language}); its keys begin with "${id}."`)
  }
  return faults
}

const assetOf = (text: string, type: string): Asset => ({
  hash: createHash('sha256').update(text).digest('base64url').slice(0, 12),
  type,
  text,
})

const given = (fields: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(fields).filter((name) => fields[name] !== undefined)

/** The name of a plugin's page among all pages. */
const documentName = (id: string, name: string): string => `${id}/${name}`

/** The pages to which a plugin adds something visible. */
const pagesOf = (id: string, { slots = {}, scripts = {}, documents = {} }: PagesPart): ReadonlySet<string> =>
  new Set([
    ...given(slots).map((slot) => slot.split('.')[0] ?? ''),
    ...given(scripts),
    ...Object.keys(documents).map((name) => documentName(id, name)),
  ])

/** Puts the pages of all plugins together. */
export function pageAdditions(
  plugins: readonly { readonly id: string; readonly pages: PagesPart }[],
): PageAdditions {
  const templates: Record<string, string> = {}
  const policies: Record<string, PagePolicy> = {}
  const slots: Record<string, string[]> = {}
  const texts: Record<string, Record<string, string>> = {}
  const scripts: Record<string, string[]> = {}
  const scriptTexts: Record<string, string[]> = {}
  const styles: Record<string, string[]> = {}
  const assets: Record<string, Asset> = {}
  for (const { id, pages } of plugins) {
    for (const [slot, source] of Object.entries(pages.slots ?? {})) {
      if (source === undefined) continue
      const name = `plugins/${id}/${slot}`
      templates[name] = source
      slots[slot] = [...(slots[slot] ?? []), name]
    }
    for (const [language, words] of Object.entries(pages.texts ?? {}))
      texts[language] = { ...texts[language], ...words }
    /** @param of the page that the script belongs to: a bundled page, or one of the plugin's own */
    const addScript = (page: string, of: string, source: string | undefined): void => {
      if (source === undefined) return
      // The prefix keeps the name apart from bundled assets, for every plugin id.
      const name = `plugin.${id}.${of}.js`
      assets[name] = assetOf(source, 'text/javascript; charset=utf-8')
      scripts[page] = [...(scripts[page] ?? []), name]
      scriptTexts[page] = [...(scriptTexts[page] ?? []), `${id}.`]
    }
    for (const [page, source] of Object.entries(pages.scripts ?? {})) addScript(page, page, source)
    for (const [name, { template, script, policy }] of Object.entries(pages.documents ?? {})) {
      if (policy !== undefined) policies[documentName(id, name)] = policyOf(policy)
      templates[`plugins/${documentName(id, name)}`] = template
      addScript(documentName(id, name), `page.${name}`, script)
    }
    if (pages.style !== undefined) {
      const name = `plugin.${id}.css`
      assets[name] = assetOf(pages.style, 'text/css; charset=utf-8')
      for (const page of pagesOf(id, pages)) styles[page] = [...(styles[page] ?? []), name]
    }
  }
  return { templates, policies, slots, texts, scripts, scriptTexts, styles, assets }
}
