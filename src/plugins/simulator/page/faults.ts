import { byId, element } from './dom.ts'
import type { FaultInfo, SimulatorData, State } from './types.ts'
import { t } from './words.ts'

/** The faults to choose from, and what each looks like to the pilot, to the host app and to the doctor. */
export function createFaults(
  data: Pick<SimulatorData, 'faults'>,
  choose: (fault: string | null) => void,
): { draw(state: State): void } {
  const list = byId('fault-list')
  const buttons = new Map<string, HTMLButtonElement>()
  for (const fault of data.faults) {
    const button = element('button', 'preset')
    button.type = 'button'
    button.id = `fault-${fault.id}`
    button.appendChild(element('strong', '', `${fault.name} `))
    button.appendChild(element('i', `sure sure-${fault.certainty}`, t(`sure.${fault.certainty}`)))
    button.appendChild(element('small', '', fault.about))
    button.addEventListener('click', () =>
      choose(button.getAttribute('aria-pressed') === 'true' ? null : fault.id),
    )
    list.appendChild(button)
    buttons.set(fault.id, button)
  }

  const column = (id: string, texts: readonly { readonly title: string; readonly text: string }[]): void => {
    const box = byId(id)
    box.textContent = ''
    for (const { title, text } of texts) {
      box.appendChild(element('strong', '', title))
      box.appendChild(element('p', '', text))
    }
  }

  let drawn: string | null | undefined
  return {
    draw({ fault }) {
      if (fault === drawn) return
      drawn = fault
      buttons.forEach((button, id) => {
        button.setAttribute('aria-pressed', String(id === fault))
      })
      const chosen: FaultInfo | undefined = data.faults.filter(({ id }) => id === fault)[0]
      byId('fault-seen').hidden = chosen === undefined
      if (chosen === undefined) return
      column('fault-pilot', chosen.pilot)
      column('fault-host', chosen.host)
      column('fault-doctor', chosen.doctor)
    },
  }
}
