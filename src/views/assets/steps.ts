import type { FlowStep } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, make } from './dom.ts'

/** The unchanged answer of Pilot or of the server, such as `615000 invalid uuid`. */
export const rawOf = ({ code, message }: FlowStep): string =>
  [code === null || code === 0 ? '' : String(code), message === null ? '' : message]
    .filter((part) => part !== '')
    .join(' ')

function nameOf({ id }: FlowStep, t: Translate): string {
  const [action = '', module] = id.split(':')
  return module === undefined ? t(`step.${action}`) : t(`step.${action}`, { module: t(`module.${module}`) })
}

/** One line per step, in the order of their first run. A step that runs again changes its line. */
export function createStepList(
  t: Translate,
  language: string,
): {
  show(step: FlowStep): void
  readonly all: () => readonly FlowStep[]
} {
  const lines: Record<string, { readonly element: HTMLElement; step: FlowStep }> = {}
  const order: string[] = []
  return {
    all: () => order.map((id) => (lines[id] as { step: FlowStep }).step),
    show(step) {
      const list = byId('steps')
      let line = lines[step.id]
      if (line === undefined) {
        line = { element: make('li', 'step'), step }
        lines[step.id] = line
        order.push(step.id)
        if (list !== null) list.appendChild(line.element)
      }
      line.step = step
      const { element } = line
      element.setAttribute('data-status', step.status)
      element.setAttribute('data-step', step.id)
      element.textContent = ''
      element.appendChild(make('span', 'step-mark'))
      element.appendChild(make('span', 'step-name', [nameOf(step, t)]))
      const raw = rawOf(step)
      if (raw !== '') element.appendChild(make('code', 'step-raw', [raw]))
      element.appendChild(make('span', 'step-status', [t(`status.${step.status}`)]))
      element.appendChild(make('time', 'step-time', [new Date(step.at).toLocaleTimeString(language)]))
      if (step.hint !== null && step.status !== 'running')
        element.appendChild(make('span', 'step-hint', [t(step.hint)]))
    },
  }
}
