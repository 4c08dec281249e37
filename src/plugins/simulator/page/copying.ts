import { element } from './dom.ts'

/** Copies without the clipboard API, which needs https or localhost. */
export function copyText(text: string): void {
  const area = element('textarea')
  area.value = text
  document.body.appendChild(area)
  area.select()
  document.execCommand('copy')
  document.body.removeChild(area)
}
