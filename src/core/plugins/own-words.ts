import { unknownName } from '../checking/explain.ts'
import { type Fault, fault } from '../options/faults.ts'
import { en } from '../pages/texts/en.ts'
import type { Messages } from '../pages/texts/index.ts'
import type { PluginParts } from './define.ts'

const TEXT_KEYS: readonly string[] = Object.keys(en)

/** Words of the host for texts that no page and no plugin has: a slip would change nothing, without a word. */
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
