import type { FlowEnvironment } from '../../bridge/types.ts'
import { onClick } from './dom.ts'

const KEY = 'dji-cloud.theme'

/** Light, unless the system prefers dark. The pilot's choice is stored. The oldest web views know no system preference. */
export function startTheme(storage: FlowEnvironment['storage']): void {
  const root = document.documentElement
  const chosen = storage.get(KEY)
  if (chosen === 'light' || chosen === 'dark') root.setAttribute('data-theme', chosen)
  onClick('theme', () => {
    const next = isDark() ? 'light' : 'dark'
    root.setAttribute('data-theme', next)
    storage.set(KEY, next)
  })
  const isDark = (): boolean => {
    const set = root.getAttribute('data-theme')
    return set === null ? window.matchMedia('(prefers-color-scheme: dark)').matches : set === 'dark'
  }
}
