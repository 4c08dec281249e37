import { en, type TextKey } from './en.ts'
import { zh } from './zh.ts'

/** The languages of the simulator. */
export type SimulatorLanguage = 'en' | 'zh'

/** The texts in this language; in English if there are none. */
export function textsIn(language: string): {
  readonly lang: SimulatorLanguage
  readonly texts: Readonly<Record<TextKey, string>>
} {
  return language === 'zh' ? { lang: 'zh', texts: zh } : { lang: 'en', texts: en }
}
