import type { Bridge } from '../../bridge/client.ts'
import type { AppLink } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, make, show } from './dom.ts'

/** A button for each app; one that Pilot says is not installed cannot be pressed. */
export function showApps(apps: readonly AppLink[], bridge: Bridge, t: Translate): void {
  const list = byId('apps')
  if (list === null || apps.length === 0) return
  list.textContent = ''
  for (const { name, url, package: id } of apps) {
    const answer = id === null ? null : bridge.platformIsAppInstalled(id)
    const missing = answer?.ok === true && !answer.data
    const button = make('button', 'plain', [missing ? t('app.missing', { name }) : name]) as HTMLButtonElement
    button.type = 'button'
    button.disabled = missing
    // Pilot starts the app that its scheme belongs to (facts A2).
    button.addEventListener('click', () => void window.open(url))
    list.appendChild(button)
  }
  show('apps-panel', true)
}
