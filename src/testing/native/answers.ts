import type { Knobs } from '../knobs.ts'

/** The meaning of an answer, before the knobs give it a shape. */
export interface Answer {
  readonly kind: AnswerKind
  readonly code: number
  readonly message: string
  readonly data: unknown
}

/**
 * `action`: whether something was done; `state`: a boolean; `link`: the state of a connection; `value`: a text or an
 * object.
 */
type AnswerKind = 'action' | 'state' | 'link' | 'value'

/** Known from field reports (facts B3). */
export const WORKSPACE_NOT_UUID = 615000
export const THING_NOT_LOADED = 615011
/** These numbers are invented, because the real ones are not public (facts B4, K6). Do not depend on them. */
export const NOT_VERIFIED = 615901
export const MODULE_NOT_LOADED = 615902
export const BAD_ARGUMENTS = 615903
export const LICENSE_REFUSED = 615904
export const NO_AIRCRAFT = 615905

export const done = (): Answer => ({ kind: 'action', code: 0, message: 'success', data: true })
export const state = (value: boolean): Answer => ({ kind: 'state', code: 0, message: 'success', data: value })
export const link = (value: boolean): Answer => ({ kind: 'link', code: 0, message: 'success', data: value })
export const value = (data: unknown): Answer => ({ kind: 'value', code: 0, message: 'success', data })
export const refuse = (code: number, message: string, kind: AnswerKind = 'action'): Answer => ({
  kind,
  code,
  message,
  data: kind === 'value' ? '' : false,
})

/** The return value of the bridge method, in the style of the knobs (facts B1). */
export function shape(answer: Answer, knobs: Pick<Knobs, 'returnStyle' | 'failureStyle'>): unknown {
  const ok = answer.code === 0
  const soft = !ok && answer.kind === 'action' && knobs.failureStyle === 'data-false'
  const told = soft ? { ...answer, code: 0, data: false } : answer
  switch (knobs.returnStyle) {
    case 'envelope':
      return envelope(told, told.data)
    case 'data-as-string':
      return envelope(told, typeof told.data === 'string' ? told.data : JSON.stringify(told.data))
    case 'empty-object':
      return envelope(told, ok && answer.kind === 'action' ? {} : told.data)
    case 'connect-state':
      return envelope(told, answer.kind === 'link' ? { connectState: told.data } : told.data)
    case 'bare':
      return plain(answer)
    case 'bare-text':
      return typeof plain(answer) === 'boolean' ? String(plain(answer)) : plain(answer)
    case 'number':
      return typeof plain(answer) === 'boolean' ? Number(plain(answer)) : plain(answer)
    case 'void':
      return answer.kind === 'action' ? undefined : envelope(told, told.data)
  }
}

const envelope = (answer: Answer, data: unknown): string =>
  JSON.stringify({ code: answer.code, message: answer.message, data })

/** addJavascriptInterface can return texts, numbers and booleans, but no objects. */
const plain = (answer: Answer): unknown => {
  if (answer.kind === 'value')
    return typeof answer.data === 'string' ? answer.data : JSON.stringify(answer.data)
  return answer.code === 0 && answer.data === true
}
