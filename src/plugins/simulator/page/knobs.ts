import { byId, element } from './dom.ts'
import type { KnobInfo, SimulatorData, State } from './types.ts'
import { t } from './words.ts'

export interface KnobPane {
  draw(state: State): void
}

type Field = HTMLInputElement | HTMLSelectElement

/** @param start restarts the controller; rejects if a knob has a wrong value */
export function createKnobs(
  data: SimulatorData,
  start: (preset: string | null, knobs: Record<string, unknown>) => Promise<void>,
): KnobPane {
  const fields = new Map<string, Field>()
  const form = byId<HTMLFormElement>('knobs')
  let preset: string | null = null
  let drawn = ''

  for (const name of Object.keys(data.knobs)) {
    const knob = data.knobs[name] as KnobInfo
    const row = element('label', 'knob')
    const left = element('span')
    left.appendChild(element('code', '', name))
    left.appendChild(document.createTextNode(' '))
    left.appendChild(element('i', `sure sure-${knob.confidence}`, t(`sure.${knob.confidence}`)))
    left.appendChild(element('small', '', knob.about))
    const right = element('span')
    const field = fieldOf(knob)
    field.id = `knob-${name}`
    field.addEventListener('change', () => mark(name))
    right.appendChild(field)
    row.appendChild(left)
    row.appendChild(right)
    form.appendChild(row)
    fields.set(name, field)
  }

  const mark = (name: string): void => {
    const field = fields.get(name) as Field
    const row = field.parentElement?.parentElement
    const changed = JSON.stringify(read(field, data.knobs[name])) !== JSON.stringify(data.knobs[name]?.value)
    if (changed) row?.setAttribute('data-changed', '')
    else row?.removeAttribute('data-changed')
  }

  const begin = (name: string | null, knobs: Record<string, unknown>): void => {
    byId('knob-problem').textContent = ''
    start(name, knobs).catch((error: Error) => {
      byId('knob-problem').textContent = error.message
    })
  }

  for (const one of data.presets) {
    const button = element('button', 'preset')
    button.type = 'button'
    button.id = `preset-${one.name}`
    button.appendChild(element('strong', '', `${one.label} `))
    button.appendChild(element('i', `sure sure-${one.confidence}`, t(`sure.${one.confidence}`)))
    button.appendChild(element('small', '', one.about))
    button.addEventListener('click', () => begin(one.name, {}))
    byId('presets').appendChild(button)
  }
  byId('apply').addEventListener('click', () => {
    const chosen: Record<string, unknown> = {}
    fields.forEach((field, name) => {
      chosen[name] = read(field, data.knobs[name])
    })
    begin(preset, chosen)
  })

  return {
    draw({ knobs, preset: now }) {
      preset = now
      for (const { name } of data.presets)
        byId(`preset-${name}`).setAttribute('aria-pressed', String(name === now))
      // Take only values that changed on the server, so that a knob in use keeps its value.
      const text = JSON.stringify(knobs)
      if (text === drawn) return
      drawn = text
      fields.forEach((field, name) => {
        write(field, knobs[name])
        mark(name)
      })
    },
  }
}

function fieldOf({ value, values }: KnobInfo): Field {
  if (values !== undefined) {
    const select = element('select')
    for (const one of values) select.appendChild(element('option', '', String(one)))
    return select
  }
  const input = element('input')
  input.type = typeof value === 'boolean' ? 'checkbox' : typeof value === 'number' ? 'number' : 'text'
  return input
}

function read(field: Field, knob: KnobInfo | undefined): unknown {
  if (field instanceof HTMLInputElement && field.type === 'checkbox') return field.checked
  if (typeof knob?.value === 'number') return Number(field.value)
  if (Array.isArray(knob?.value)) return field.value.split(/[\s,]+/).filter((one) => one !== '')
  return field.value
}

function write(field: Field, value: unknown): void {
  if (field instanceof HTMLInputElement && field.type === 'checkbox') field.checked = value === true
  else field.value = Array.isArray(value) ? value.join(', ') : String(value)
}
