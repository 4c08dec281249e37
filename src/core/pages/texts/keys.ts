import { unknownName } from '../../checking/explain.ts'
import { en } from './en.ts'
import { pluralForm } from './fill.ts'

/** The host's own texts, for its templates and scripts. */
export const OWN_PREFIX = 'own.'
const OWN = /^own(?:\.[A-Za-z0-9][\w-]*)+$/

/** Placeholders that a page fills with a number. Texts with one may have plural forms. */
const COUNTS = /\{(?:n|seconds)\}/

const FORMS: ReadonlySet<string> = new Set(['zero', 'one', 'two', 'few', 'many', 'other'])

/**
 * The plural forms of a language. `other` is left out, because it is the text itself. Only forms that numbers up to 200
 * need.
 */
export function pluralForms(language: string): readonly string[] {
  const found = new Set(Array.from({ length: 201 }, (_, count) => pluralForm(language, count)))
  return [...found].filter((form) => form !== 'other')
}

/** Whether a text may have plural forms. */
export const isCountable = (text: string): boolean => COUNTS.test(text)

/** `diagnosis.clock.behind.one`: the key of the text and the form. Null: this is not a key of a form. */
export function formIn(key: string): { readonly base: string; readonly form: string } | null {
  const dot = key.lastIndexOf('.')
  const form = key.slice(dot + 1)
  return dot > 0 && FORMS.has(form) ? { base: key.slice(0, dot), form } : null
}

/** The English texts of the pages. Plugins and hosts add their own texts. */
type Reference = Readonly<Record<string, string>>

/**
 * What is wrong with the key of a host's text. Null: nothing.
 * @param reference English texts: those of this package, and those of the plugins
 */
export function keyFault(language: string, key: string, reference: Reference = en): string | null {
  if (Object.hasOwn(reference, key) || OWN.test(key)) return null
  if (key.startsWith(OWN_PREFIX)) return 'needs a key such as own.hotline: letters, digits, hyphens and dots'
  const form = formIn(key)
  const base = form === null ? undefined : reference[form.base]
  if (form === null || base === undefined) {
    const [what = ''] = unknownName(key, Object.keys(reference), 'a text of a page or plugin').split(
      '; known here',
    )
    return `${what}; texts of your own begin with "${OWN_PREFIX}"`
  }
  if (!isCountable(base)) return `is a plural form, but "${form.base}" contains no number`
  const forms = pluralForms(language)
  if (forms.includes(form.form)) return null
  return `is a form that ${language} does not have; it has ${[...forms.map((one) => `.${one}`), 'the text itself'].join(', ')}`
}
