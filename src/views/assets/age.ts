import { NOTHING } from './dom.ts'
import type { Translate } from './translate.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** "3 s ago", "5 min ago", and beyond an hour the time itself. Null: never. @param now the clock of the controller */
export function ageWords(ageMs: number | null, now: number, language: string, t: Translate): string {
  if (ageMs === null) return NOTHING
  const age = Math.max(0, ageMs)
  if (age < MINUTE) return t('age.seconds', { n: String(Math.round(age / 1000)) })
  const time = new Date(now - age).toLocaleTimeString(language)
  if (age < HOUR) return t('age.minutes', { n: String(Math.floor(age / MINUTE)), time })
  return age < 12 * HOUR ? time : new Date(now - age).toLocaleString(language)
}
