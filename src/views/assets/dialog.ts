import { byId, onClick, show } from './dom.ts'

export interface Dialog {
  open(): void
  /** False when it was not open. */
  close(): boolean
}

/** Asks before logging out. The harmless answer has the focus. */
export function createLogoutDialog(onConfirm: () => void): Dialog {
  let opener: Element | null = null
  const isOpen = (): boolean => {
    const dialog = byId('logout-dialog')
    return dialog !== null && !dialog.hidden
  }
  const close = (): boolean => {
    if (!isOpen()) return false
    show('logout-dialog', false)
    if (opener instanceof HTMLElement) opener.focus()
    return true
  }
  onClick('logout-cancel', close)
  onClick('logout-confirm', onConfirm)
  document.addEventListener('keydown', (event) => {
    if (!isOpen()) return
    if (event.key === 'Escape') close()
    if (event.key === 'Tab') stayInside(event)
  })
  return {
    open() {
      opener = document.activeElement
      // A template without the dialog still logs out.
      if (byId('logout-dialog') === null) return onConfirm()
      show('logout-dialog', true)
      const cancel = byId('logout-cancel')
      if (cancel !== null) cancel.focus()
    },
    close,
  }
}

function stayInside(event: KeyboardEvent): void {
  const cancel = byId('logout-cancel')
  const other = document.activeElement === cancel ? byId('logout-confirm') : cancel
  event.preventDefault()
  if (other !== null) other.focus()
}
