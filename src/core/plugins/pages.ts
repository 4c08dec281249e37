import { createHash } from 'node:crypto'
import type { Asset, Assets } from '../http/handlers/assets.ts'

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
   * One script for each page, already compiled for Chromium 70. It runs after the page's own, which has set
   * `window.djiCloudPage`.
   */
  readonly scripts?: { readonly login?: string | undefined; readonly home?: string | undefined } | undefined
  /** CSS. It is served as its own file, after the bundled style. */
  readonly style?: string | undefined
  /** Texts by language, then by key; keys begin with the plugin's id and a dot. If a language lacks a text, the English one is shown. */
  readonly texts?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
}

/** The additions of all plugins, in the order of the option `plugins`. */
export interface PageAdditions {
  readonly templates: Readonly<Record<string, string>>
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
  texts: {},
  scripts: {},
  scriptTexts: {},
  styles: {},
  assets: {},
}

const isSlot = (name: string): name is Slot => (SLOTS as readonly string[]).includes(name)

/** What is wrong with the part `pages` of a plugin. */
export function pagesFaults(id: string, { slots = {}, texts = {} }: PagesPart): string[] {
  const faults = Object.keys(slots)
    .filter((name) => !isSlot(name))
    .map((name) => `fills the slot ${name}, which no page has; there are ${SLOTS.join(', ')}`)
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

/** The pages to which a plugin adds something visible. */
const pagesOf = ({ slots = {}, scripts = {} }: PagesPart): ReadonlySet<string> =>
  new Set([...given(slots).map((slot) => slot.split('.')[0] ?? ''), ...given(scripts)])

/** Puts the pages of all plugins together. */
export function pageAdditions(
  plugins: readonly { readonly id: string; readonly pages: PagesPart }[],
): PageAdditions {
  const templates: Record<string, string> = {}
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
    for (const [page, source] of Object.entries(pages.scripts ?? {})) {
      if (source === undefined) continue
      // The prefix keeps the name apart from bundled assets, for every plugin id.
      const name = `plugin.${id}.${page}.js`
      assets[name] = assetOf(source, 'text/javascript; charset=utf-8')
      scripts[page] = [...(scripts[page] ?? []), name]
      scriptTexts[page] = [...(scriptTexts[page] ?? []), `${id}.`]
    }
    if (pages.style !== undefined) {
      const name = `plugin.${id}.css`
      assets[name] = assetOf(pages.style, 'text/css; charset=utf-8')
      for (const page of pagesOf(pages)) styles[page] = [...(styles[page] ?? []), name]
    }
  }
  return { templates, slots, texts, scripts, scriptTexts, styles, assets }
}
