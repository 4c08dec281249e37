import type { Bridge } from '../../bridge/client.ts'
import type { AppLink } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, make } from './dom.ts'

/** One button per app. It is disabled if Pilot says that the app is not installed. */
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
    // Pilot starts the app that belongs to the scheme (facts A2).
    button.addEventListener('click', () => void window.open(url))
    list.appendChild(button)
  }
}
