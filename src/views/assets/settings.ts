import type { BridgeResult } from '../../bridge/normalise.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, setText, show } from './dom.ts'

/** A panel of settings that Pilot keeps: shown while its module is loaded, read when that begins. */
export interface SettingsPanel {
  readonly module: 'media' | 'liveshare'
  /** Ids begin with it: `media-panel`, `media-problem`. */
  readonly name: string
  /** What Pilot says now. */
  read(state: FlowState): void
  /** Once a second. */
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

/** A setting that was refused says so with its code. */
export function tellRefusal(name: string, { ok, code, message }: BridgeResult, t: Translate): void {
  const raw = [code === null ? '' : String(code), message ?? ''].filter((part) => part !== '').join(' ')
  setText(`${name}-problem`, ok ? '' : `${t('setting.refused')} ${raw}`)
  show(`${name}-problem`, !ok)
}
