import { en } from './en.ts'
import { textsFor } from './index.ts'
import { formIn, isCountable, keyFault, OWN_PREFIX, pluralForms } from './keys.ts'

/** A fault or a note about one text of a translation. */
export interface TextFinding {
  readonly key: string
  /** What is wrong, and what is needed. */
  readonly text: string
  /** `problem`: a pilot sees a wrong text, or the platform does not start. `note`: the text may be right. */
  readonly severity: 'problem' | 'note'
}

/** Texts in the order of the reference, by key. */
type TextMap = Readonly<Record<string, string>>

/** In characters. The option `pages.messages` has the same limit. */
const LONGEST = 2_000

/**
 * Pairs of a length and a factor. If the English text has at most so many characters, the translation may be that many
 * times as long. For longer texts `LAST_FACTOR` is used.
 */
const FACTORS = [
  [10, 3],
  [20, 2],
  [30, 1.8],
  [50, 1.6],
  [70, 1.5],
] as const
const LAST_FACTOR = 1.3

/**
 * The longest translation that the pages have room for. Short words grow most in a translation. `npm run gallery` shows
 * the pages with such texts.
 */
export function allowedLength(english: string): number {
  let least = 0
  for (const [length, factor] of FACTORS) {
    if (english.length <= length) return Math.max(least, Math.ceil(english.length * factor))
    least = length * factor
  }
  return Math.max(least, Math.ceil(english.length * LAST_FACTOR))
}

const placeholders = (text: string): readonly string[] =>
  [...new Set(text.match(/\{\w+\}/g) ?? [])].sort((a, b) => (a < b ? -1 : 1))

/** The language at the beginning of a tag: `fr` of `fr-CA`. */
const isEnglish = (language: string): boolean => language.toLowerCase().split('-')[0] === 'en'

/**
 * All texts for a translator: those that the language has already, otherwise the English ones, and a place for each plural form.
 * @param given the translation so far. Its own texts stay; texts that no longer exist are left out.
 * @param reference English texts. @default those of this package; `cloud.pageTexts('en')` has those of the plugins too
 */
export function textsToTranslate(language: string, given: TextMap = {}, reference: TextMap = en): TextMap {
  const known: TextMap = { ...reference, ...(reference === en ? textsFor(language) : {}) }
  const forms = isEnglish(language) ? [] : pluralForms(language)
  const texts: Record<string, string> = {}
  for (const [key, english] of Object.entries(reference)) {
    const text = given[key] ?? known[key] ?? english
    texts[key] = text
    for (const form of isCountable(english) ? forms : [])
      texts[`${key}.${form}`] = given[`${key}.${form}`] ?? text
  }
  for (const [key, text] of Object.entries(given)) if (key.startsWith(OWN_PREFIX)) texts[key] = text
  return texts
}

/**
 * Checks a translation: keys, missing texts, placeholders, plural forms.
 * @param texts texts of one language by key, as in `pages.messages`
 * @param reference English texts. @default those of this package; `cloud.pageTexts('en')` has those of the plugins too
 */
export function checkTexts(
  language: string,
  texts: Readonly<Record<string, unknown>>,
  reference: TextMap = en,
): readonly TextFinding[] {
  const found: TextFinding[] = []
  const tell = (severity: TextFinding['severity'], key: string, text: string): void => {
    found.push({ key, text, severity })
  }
  for (const [key, text] of Object.entries(texts)) {
    if (text === undefined) continue
    const fault = keyFault(language, key, reference)
    if (fault !== null) tell('problem', key, fault)
    else if (typeof text !== 'string') tell('problem', key, 'needs a text in quotes')
    else if (text.trim() === '')
      tell('problem', key, 'is empty: pilots would see its key. Leave it out for English')
    else if (text.length > LONGEST) tell('problem', key, `has more than ${LONGEST} characters`)
    else {
      const english = reference[key] ?? reference[formIn(key)?.base ?? '']
      if (english === undefined) continue
      const wrong = placeholderFault(text, english, formIn(key) !== null && reference[key] === undefined)
      if (wrong !== null) tell('problem', key, wrong)
      const room = allowedLength(english)
      if (text.length > room)
        tell(
          'note',
          key,
          `has ${text.length} characters, and the pages are made for up to ${room} here: look at it`,
        )
      if (text === english && /[a-z]{3}/i.test(english) && !isEnglish(language))
        tell('note', key, 'is the same as in English')
    }
  }
  if (!isEnglish(language))
    for (const [key, english] of Object.entries(reference)) {
      if (texts[key] === undefined) tell('problem', key, 'is missing: pilots see it in English')
      else if (isCountable(english))
        for (const form of pluralForms(language))
          if (texts[`${key}.${form}`] === undefined)
            tell('note', `${key}.${form}`, 'is missing: numbers of this form get the text itself')
    }
  return found
}

/** @param isForm the text is a plural form, which may have no number: "one more" */
function placeholderFault(text: string, english: string, isForm: boolean): string | null {
  const [wanted, has] = [placeholders(english), placeholders(text)]
  const extra = has.filter((name) => !wanted.includes(name))
  if (extra.length > 0)
    return `has ${extra.join(', ')}, which the page does not fill in; English has "${english}"`
  const missing = wanted.filter((name) => !has.includes(name) && !(isForm && isCountable(name)))
  return missing.length > 0 ? `needs ${missing.join(', ')}, as in English: "${english}"` : null
}
