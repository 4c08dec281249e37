import type { BridgeResult } from '../../bridge/normalize.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, setText, show } from './dom.ts'

/** A panel for settings that Pilot stores. Shown while its module is loaded; the settings are read when it is loaded. */
export interface SettingsPanel {
  readonly module: 'media' | 'liveshare'
  /** Prefix of the element ids: `media-panel`, `media-problem`. */
  readonly name: string
  /** Reads the settings from Pilot and shows them. */
  read(state: FlowState): void
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
  return (state) => {
    for (const panel of panels) {
      const loaded = state.modules[panel.module] === 'loaded'
      if (loaded && shown[panel.name] === true) panel.poll()
      else if (loaded) panel.read(state)
      if (loaded !== (shown[panel.name] === true)) show(`${panel.name}-panel`, loaded)
      shown[panel.name] = loaded
    }
  }
}

/** Shows that Pilot refused a setting, with Pilot's code. */
export function tellRefusal(name: string, { ok, code, message }: BridgeResult, t: Translate): void {
  const raw = [code === null ? '' : String(code), message ?? ''].filter((part) => part !== '').join(' ')
  setText(`${name}-problem`, ok ? '' : `${t('setting.refused')} ${raw}`)
  show(`${name}-problem`, !ok)
}
