import { DjiCloudError } from '../errors.ts'
import type { LoginField, LoginFields, PageWords } from '../ports/index.ts'

/** Most characters of a value, if the field has no `maxLength`. */
export const LONGEST_FIELD = 256

/**
 * The words for a language. If there are none, the words for the language without its region; then the English ones;
 * then the first in the list.
 * @param language a tag such as `zh` or `pt-BR`
 */
export function wordsIn(words: PageWords, language: string): string {
  if (typeof words === 'string') return words
  const own = (tag: string): string | undefined => (Object.hasOwn(words, tag) ? words[tag] : undefined)
  return own(language) ?? own(language.split('-')[0] ?? '') ?? own('en') ?? Object.values(words)[0] ?? ''
}

/** Null: the value fits. Never names the value. */
function faultOf(
  value: unknown,
  { required = true, choices, maxLength = LONGEST_FIELD }: LoginField,
): string | null {
  if (value === undefined || value === null || value === '') return required ? 'is required' : null
  if (typeof value !== 'string') return 'needs a text'
  if (value.length > maxLength) return `takes at most ${maxLength} characters`
  // PostgreSQL takes no NUL, and nobody types control characters.
  if (/\p{Cc}/u.test(value)) return 'holds a control character: leave it out'
  if (choices !== undefined && !Object.hasOwn(choices, value)) return 'is not one of the choices'
  return null
}

/**
 * What was typed into the fields of a user store.
 * @param body the fields by their names; other values in it are ignored
 * @param about the language of the message, and the address of a page that has the fields
 * @throws DjiCloudError LOGIN_FIELDS with `data.issues: [{field, message}]`; the message names the fields by their
 * labels, for people
 */
export function readLoginFields(
  fields: LoginFields,
  body: Readonly<Record<string, unknown>>,
  about: { readonly language: string; readonly page: () => string },
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  const issues: { readonly field: string; readonly message: string }[] = []
  const labels: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    const given = Object.hasOwn(body, name) ? body[name] : undefined
    const value = typeof given === 'string' ? given.trim() : given
    const message = faultOf(value, field)
    if (message !== null) {
      issues.push({ field: name, message })
      labels.push(wordsIn(field.label, about.language))
    } else if (typeof value === 'string' && value !== '') values[name] = value
  }
  if (issues.length === 0) return values
  throw new DjiCloudError('LOGIN_FIELDS', {
    message: `This login also needs: ${labels.join(', ')}. If this page has no field for it, log in at ${about.page()}`,
    data: { issues },
  })
}
