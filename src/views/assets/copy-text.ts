import { byId, make } from './dom.ts'
import type { Translate } from './translate.ts'

const SHOWN_MS = 2_000

/** Copies a text, and says so on the button. On a plain http page, only the old command reaches the clipboard. */
export function copyText(button: HTMLElement | string, text: string, t: Translate): void {
  const pressed = typeof button === 'string' ? byId(button) : button
  if (pressed === null || text === '') return
  const area = make('textarea', 'aside') as HTMLTextAreaElement
  area.value = text
  area.setAttribute('readonly', '')
  document.body.appendChild(area)
  area.select()
  let copied = false
  try {
    copied = document.execCommand('copy')
  } catch {
    copied = false
  }
  document.body.removeChild(area)
  pressed.focus()
  if (!copied) return
  pressed.textContent = t('home.copied')
  window.setTimeout(() => {
    pressed.textContent = t('fleet.copy')
  }, SHOWN_MS)
}
