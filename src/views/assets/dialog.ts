import { byId, onClick, show } from './dom.ts'

export interface Dialog {
  open(): void
  /** Closes the dialog. Returns false if it was not open. */
  close(): boolean
}

/** Asks the pilot to confirm an action. The harmless answer has the focus. @param name of the dialog in partials/dialog, such as 'logout' */
export function createDialog(name: string, onConfirm: () => void): Dialog {
  const id = (part: string): string => `${name}-${part}`
  let opener: Element | null = null
  const isOpen = (): boolean => {
    const dialog = byId(id('dialog'))
    return dialog !== null && !dialog.hidden
  }
  const close = (): boolean => {
    if (!isOpen()) return false
    show(id('dialog'), false)
    if (opener instanceof HTMLElement) opener.focus()
    return true
  }
  onClick(id('cancel'), close)
  onClick(id('confirm'), onConfirm)
  document.addEventListener('keydown', (event) => {
    if (!isOpen()) return
    if (event.key === 'Escape') close()
    if (event.key === 'Tab') stayInside(event)
  })

  function stayInside(event: KeyboardEvent): void {
    const cancel = byId(id('cancel'))
    const other = document.activeElement === cancel ? byId(id('confirm')) : cancel
    event.preventDefault()
    if (other !== null) other.focus()
  }

  return {
    open() {
      opener = document.activeElement
      // If a template has no dialog, do it without asking.
      if (byId(id('dialog')) === null) return onConfirm()
      show(id('dialog'), true)
      const cancel = byId(id('cancel'))
      if (cancel !== null) cancel.focus()
    },
    close,
  }
}
