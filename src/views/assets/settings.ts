import type { BridgeResult } from '../../bridge/normalize.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, setText, show } from './dom.ts'

/** A panel for settings that Pilot stores. Shown while its module is loaded; the settings are read when it is loaded. */
export interface SettingsPanel {
  readonly module: 'media' | 'liveshare'
  /** Prefix of the element ids: `media-panel`, `media-problem`. */
  readonly name: string
  /**
   * Reads the settings from Pilot and shows them.
   * @param fresh true: the module has just been loaded; false: it was loaded before this page was opened
   */
  read(state: FlowState, fresh: boolean): void
  /** Called once a second. */
  poll(): void
}

export const input = (id: string): HTMLInputElement | null => byId(id) as HTMLInputElement | null
export const select = (id: string): HTMLSelectElement | null => byId(id) as HTMLSelectElement | null

export function onChange(id: string, listener: () => void): void {
  const element = byId(id)
  if (element !== null) element.addEventListener('change', listener)
}

export function showSettings(panels: readonly SettingsPanel[]): (state: FlowState) => void {
  const shown: Record<string, boolean> = {}
  const loading: Record<string, boolean> = {}
  return (state) => {
    for (const panel of panels) {
      const loaded = state.modules[panel.module] === 'loaded'
      if (state.modules[panel.module] === 'loading') loading[panel.name] = true
      if (loaded && shown[panel.name] === true) panel.poll()
      else if (loaded) panel.read(state, loading[panel.name] === true)
      if (loaded) loading[panel.name] = false
      if (loaded !== (shown[panel.name] === true)) show(`${panel.name}-panel`, loaded)
      shown[panel.name] = loaded
    }
  }
}

/** Shows a setting that is on or off, as Pilot says; null: Pilot did not say. Never a guess. */
export function showTick(id: string, on: boolean | null, t: Translate): void {
  const box = input(id)
  if (box !== null) {
    box.checked = on === true
    box.indeterminate = on === null
  }
  setText(`${id}-word`, t(on === null ? 'setting.unknown' : on ? 'setting.on' : 'setting.off'))
}

/** Shows a setting with a list of values; null: not known, so that none of them is chosen. */
export function showChoice(id: string, value: string | null): void {
  const list = select(id)
  if (list !== null) list.value = value === null ? '' : value
}

/** Shows that Pilot refused a setting, with Pilot's code. */
export function tellRefusal(name: string, { ok, code, message }: BridgeResult, t: Translate): void {
  const raw = [code === null ? '' : String(code), message ?? ''].filter((part) => part !== '').join(' ')
  setText(`${name}-problem`, ok ? '' : `${t('setting.refused')} ${raw}`)
  show(`${name}-problem`, !ok)
}
