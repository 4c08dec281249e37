import { unknownName } from '../checking/explain.ts'
import { type Fault, fault } from '../options/faults.ts'
import { en } from '../pages/texts/en.ts'
import type { Messages } from '../pages/texts/index.ts'
import type { PluginParts } from './define.ts'

const TEXT_KEYS: readonly string[] = Object.keys(en)

/** Faults of the option `pages.messages`: a key that no page and no plugin has would silently change nothing. */
export function messageFaults(
  messages: Messages,
  plugins: readonly { readonly id: string; readonly parts: PluginParts }[],
): Fault[] {
  const own = plugins.flatMap(({ parts }) =>
    Object.values(parts.pages?.texts ?? {}).flatMap((texts) => Object.keys(texts)),
  )
  const known = [...own, ...TEXT_KEYS]
  return Object.entries(messages).flatMap(([language, texts]) =>
    Object.keys(texts)
      .filter((key) => !known.includes(key))
      .map((key) =>
        fault(`pages.messages.${language}.${key}`, unknownName(key, known, 'a text of a page or plugin')),
      ),
  )
}
