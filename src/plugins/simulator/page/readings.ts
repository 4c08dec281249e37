import { byId } from './dom.ts'
import { FIELDS, type ReadingValues, readingsIn } from './reading-values.ts'
import type { Entry, State } from './types.ts'
import { t } from './words.ts'

export interface ReadingsPane {
  heard(entries: readonly Entry[], state: State): void
  draw(state: State): void
}

/** Shows what the devices report, and lets the reader set it. */
export function createReadings(send: (body: object) => void): ReadingsPane {
  let now: ReadingValues = {}
  const show = (): void => {
    for (const { name, unit } of FIELDS) {
      const value = now[name]
      byId(`reading-${name}`).textContent = value === undefined ? t('readings.none') : `${value} ${unit}`
    }
  }
  byId('readings').addEventListener('submit', (event) => {
    event.preventDefault()
    const set: Record<string, number> = {}
    for (const { name } of FIELDS) {
      const { value } = byId<HTMLInputElement>(`set-${name}`)
      if (value !== '') set[name] = Number(value)
    }
    send({ do: 'readings', set })
  })
  byId('readings-auto').addEventListener('click', () => {
    for (const { name } of FIELDS) byId<HTMLInputElement>(`set-${name}`).value = ''
    send({ do: 'readings', set: {} })
  })
  show()

  return {
    heard(entries, state) {
      for (const entry of entries) now = { ...now, ...readingsIn(entry, state) }
      show()
    },
    draw({ native, aircraft }) {
      if (native.mqtt === 'connected' && aircraft !== null) return
      const { controllerBattery } = now
      now = native.mqtt === 'connected' && controllerBattery !== undefined ? { controllerBattery } : {}
      show()
    },
  }
}
