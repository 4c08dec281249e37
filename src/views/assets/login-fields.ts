import type { FlowEnvironment } from '../../bridge/types.ts'
import type { LoginFieldView } from '../../core/pages/page-data.ts'
import { byId } from './dom.ts'

const KEY = 'dji-cloud.fields'

type Field = LoginFieldView & { readonly element: HTMLInputElement | HTMLSelectElement }

/** The fields beside name and password. A template of the host may have left some out. */
export function createLoginFields(views: readonly LoginFieldView[], storage: FlowEnvironment['storage']) {
  const fields: Field[] = []
  const kept = read(storage.get(KEY))
  for (const view of views) {
    const element = byId(`field-${view.name}`) as Field['element'] | null
    if (element === null) continue
    fields.push({ ...view, element })
    const value = kept[view.name]
    // A list keeps only what is still a choice.
    if (view.remember && typeof value === 'string') element.value = value
    if (element instanceof HTMLSelectElement && element.selectedIndex === -1) element.value = ''
  }
  const typedInto = ({ element }: Field): string => element.value.trim()

  return {
    values(): Record<string, string> {
      const values: Record<string, string> = {}
      for (const field of fields) values[field.name] = typedInto(field)
      return values
    },
    missing: (): readonly Field[] => fields.filter((field) => field.required && typedInto(field) === ''),
    labels: (): string => views.map(({ label }) => label).join(', '),
    /** For the next login in this browser. */
    keep(): void {
      const values: Record<string, string> = {}
      for (const field of fields) if (field.remember) values[field.name] = typedInto(field)
      if (fields.length > 0) storage.set(KEY, JSON.stringify(values))
    },
  }
}

function read(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
