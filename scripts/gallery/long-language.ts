import { allowedLength } from '../../src/core/pages/texts/check-texts.ts'
import { en } from '../../src/core/pages/texts/en.ts'

/** A tag for private use (BCP 47), so that no real language is meant. */
export const LONG = 'qaa'

/** Words as long as those of German or Finnish. They show what does not fit, and where the original text ends. */
const PADDING = ['Überwachungsanlage', 'und', 'mehr', 'Verbindungsaufbau', 'ist', 'wiederholt']

/** Every text of the pages, as long as it may be: the longest language that each key allows. */
export const longTexts = (texts: Readonly<Record<string, string>> = en): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, padded(text)]))

function padded(text: string): string {
  const room = allowedLength(text)
  let long = text
  for (let index = 0; ; index += 1) {
    const next = `${long} ${PADDING[index % PADDING.length]}`
    if (next.length > room) break
    long = next
  }
  // The last word is made longer to fill the rest, as in a language with long compound words.
  return long + 'n'.repeat(Math.max(0, Math.min(room - long.length, 8)))
}
