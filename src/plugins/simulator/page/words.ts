import { fillText } from '../../../bridge/index.ts'
import type { TextKey } from '../texts/en.ts'
import { byId } from './dom.ts'

/** The texts of the page's language, by key. */
let texts: Readonly<Record<string, string>> | null = null

/** A text of the page, with `{name}` replaced by the value of that name. */
export function t(key: TextKey, values: Readonly<Record<string, string>> = {}): string {
  if (texts === null)
    texts = JSON.parse(byId('simulator-texts').textContent || '{}') as Record<string, string>
  return fillText(texts, document.documentElement.lang, key, values)
}
