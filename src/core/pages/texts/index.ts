import Negotiator from 'negotiator'
import type { Loose } from '../../checking/loose.ts'
import { en, type Texts } from './en.ts'
import { zh } from './zh.ts'

export type { TextKey, Texts } from './en.ts'

/** One row per language. */
const LANGUAGES: Readonly<Record<string, Texts>> = { en, zh }

/** `Messages` as a host writes them. */
export type OwnMessages = Readonly<Record<string, Loose<Texts> & PluginWords>>

/** Texts of plugins, such as `flight-log.last`. */
export type PluginWords = Readonly<Record<`${string}.${string}`, string | undefined>>

/** Texts of a host by language: changed texts, or another language. */
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
  const own = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined
  const worded = Object.hasOwn(messages, language) ? messages[language] : undefined
  return { ...en, ...plugins['en'], ...own, ...textsIn(plugins, language), ...worded }
}

export type PluginTexts = Readonly<Record<string, Readonly<Record<string, string>>>>

const textsIn = (texts: PluginTexts, language: string) =>
  Object.hasOwn(texts, language) ? texts[language] : undefined
