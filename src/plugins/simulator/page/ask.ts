import { byId } from './dom.ts'

/** Asks a question over the page. @returns whether the answer was yes. The key Escape means no */
export function ask(question: string): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>('ask')
  byId('ask-text').textContent = question
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
    dialog.returnValue = ''
    dialog.showModal()
  })
}
