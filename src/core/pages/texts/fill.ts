/** Values for the placeholders of a text, by name. Null shows nothing. */
export type TextValues = Readonly<Record<string, string | null>>

/** A text by its key. */
type TextMap = Readonly<Record<string, string>>

/** `in` is not used, because every object has `toString`. */
const has = (values: TextValues, name: string): boolean => Object.keys(values).indexOf(name) >= 0

const textAt = (texts: TextMap, key: string): string => {
  const text: unknown = texts[key]
  return typeof text === 'string' ? text : ''
}

/**
 * A text by its key, with each `{name}` replaced by its value. If the first value that is a whole number has its own
 * form in this language (`diagnosis.clock.behind.one`), that form is used. If there is no such text, the key itself is
 * shown, so that the mistake is visible. Runs in Chromium 70 too.
 */
export function fillText(texts: TextMap, language: string, key: string, values: TextValues = {}): string {
  const form = formOf(language, values)
  const text = (form !== null && textAt(texts, `${key}.${form}`)) || textAt(texts, key) || key
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    has(values, name) ? (values[name] ?? '') : whole,
  )
}

/** The plural form of the first value that is a whole number. Null: there is none. */
function formOf(language: string, values: TextValues): string | null {
  const names = Object.keys(values).filter((name) => /^\d+$/.test(values[name] || ''))
  return names.length === 0 ? null : pluralForm(language, Number(values[names[0] as string]))
}

/** Such as `one`, `few` or `other`, as the language counts (CLDR). `other` for a language that the engine does not know. */
export function pluralForm(language: string, count: number): string {
  try {
    return new Intl.PluralRules(language).select(count)
  } catch {
    return 'other'
  }
}
