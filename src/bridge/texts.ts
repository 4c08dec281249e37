import type { PageFindingId } from '../core/findings/page-table.ts'
import { en } from '../core/pages/texts/en.ts'
import { zh } from '../core/pages/texts/zh.ts'
import type { HintKey } from './hints.ts'

/** The key of a text about the flow: a hint, a finding, a step, a module, a state, or what to press. */
export type FlowTextKey = Extract<
  keyof typeof en,
  | HintKey
  | `finding.${PageFindingId}${string}`
  | `${'step' | 'status' | 'module' | 'state' | 'link' | 'do'}.${string}`
>

/** Texts about the flow, by key. */
export type FlowTexts = Readonly<Record<FlowTextKey, string>>

const OF_FLOW = /^(?:hint|finding|step|status|module|state|link|do)\./

/**
 * The words of the bundled pages, for your own front end: hints (`step.hint`), findings (`finding.link-down`, `.pilot`, `.server`), steps
 * and how far they are (`status.failed`), modules and their states, the link (`link.connected`, `.text`), and what the pilot presses
 * (`do.retry`). `fillText(texts, language, key, values)` fills in `{module}` and the like.
 * @param language `en` or `zh`; any other gives English. Translate the rest with `npx dji-cloud texts`
 */
export function flowTexts(language = 'en'): FlowTexts {
  const all: Readonly<Record<string, string>> = language.split('-')[0] === 'zh' ? zh : en
  const texts: Record<string, string> = {}
  for (const key of Object.keys(all)) if (OF_FLOW.test(key)) texts[key] = all[key] as string
  return texts as FlowTexts
}
