import Negotiator from 'negotiator'
import type { Loose } from '../../checking/loose.ts'
import { en, type Texts } from './en.ts'
import { formIn, OWN_PREFIX } from './keys.ts'
import { zh } from './zh.ts'

export type { TextKey, Texts } from './en.ts'

/** One row per language. */
const LANGUAGES: Readonly<Record<string, Texts>> = { en, zh }

/** `Messages` as a host writes them. */
export type OwnMessages = Readonly<Record<string, Loose<Texts> & PluginWords>>

/** Texts of plugins, such as `flight-log.last`. */
export type PluginWords = Readonly<Record<`${string}.${string}`, string | undefined>>

/** Texts of a host by language: changed texts, another language, and own texts (`own.hotline`). */
export type Messages = Readonly<Record<string, Partial<Texts>>>

/** The first language of `accept` (an Accept-Language header) that has texts. English if none has. */
export function chooseLanguage(accept: string | undefined, messages: Messages = {}): string {
  const known = new Set([...Object.keys(LANGUAGES), ...Object.keys(messages)])
  return new Negotiator({ headers: { 'accept-language': accept ?? '' } }).language([...known]) ?? 'en'
}

/**
 * @param plugins texts of plugins by language; English is used if they have none in this language
 * @returns the texts of a page by key. Texts of the host win.
 */
export function textsFor(language: string, messages: Messages = {}, plugins: PluginTexts = {}): Texts {
  return layered([
    en,
    plugins['en'],
    ownTexts(messages['en']),
    Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined,
    textsIn(plugins, language),
    textsIn(messages, language),
  ]) as Texts
}

type TextMap = Readonly<Record<string, string>>

/** Later texts win. A text that has no plural form of its own loses those of an earlier language, too. */
function layered(layers: readonly (TextMap | undefined)[]): TextMap {
  const all: Record<string, string> = {}
  for (const layer of layers) {
    if (layer === undefined) continue
    for (const key of Object.keys(all)) {
      const base = formIn(key)?.base
      if (base !== undefined && Object.hasOwn(layer, base)) delete all[key]
    }
    Object.assign(all, layer)
  }
  return all
}

/** English shows the host's own texts in every language that lacks them. */
const ownTexts = (texts: TextMap | undefined): TextMap =>
  Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => key.startsWith(OWN_PREFIX)))

export type PluginTexts = Readonly<Record<string, Readonly<Record<string, string>>>>

const textsIn = (texts: Readonly<Record<string, TextMap>>, language: string) =>
  Object.hasOwn(texts, language) ? texts[language] : undefined
