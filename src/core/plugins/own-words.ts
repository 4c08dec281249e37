import { type Fault, fault } from '../options/faults.ts'
import { en } from '../pages/texts/en.ts'
import type { Messages } from '../pages/texts/index.ts'
import { keyFault } from '../pages/texts/keys.ts'
import type { PluginParts } from './define.ts'

/** Faults of the option `pages.messages`: a key that no page and no plugin has would silently change nothing. */
export function messageFaults(
  messages: Messages,
  plugins: readonly { readonly id: string; readonly parts: PluginParts }[],
): Fault[] {
  const ofPlugins = plugins.flatMap(({ parts: { pages } }) => {
    const { en: english = {}, ...others } = pages?.texts ?? {}
    return [...Object.values(others), english]
  })
  const reference = Object.assign({}, en, ...ofPlugins) as Readonly<Record<string, string>>
  return Object.entries(messages).flatMap(([language, texts]) =>
    Object.keys(texts).flatMap((key) => {
      const wrong = keyFault(language, key, reference)
      return wrong === null ? [] : [fault(`pages.messages.${language}.${key}`, wrong)]
    }),
  )
}
