import type { Offered, PageAction } from '../../bridge/diagnosis/actions.ts'
import { byId } from './dom.ts'

/** The button of each action. "Try again" is one button: what it does depends on what is wrong. */
const BUTTONS: Readonly<Record<PageAction, string>> = {
  retry: 'retry',
  reconnect: 'retry',
  reload: 'reload',
  copy: 'copy',
  leave: 'leave',
  logout: 'logout',
}

/** Shows the buttons of the actions that can help, and makes the one that can the big one. */
export function showButtons({ main, all }: Offered): void {
  const shown = all.map((action) => BUTTONS[action])
  for (const id of ['retry', 'reload', 'copy', 'leave', 'logout']) {
    const button = byId(id)
    if (button === null) continue
    button.hidden = shown.indexOf(id) < 0
    if (id === 'logout') continue
    button.className = main !== null && BUTTONS[main] === id ? 'main' : 'plain'
  }
}
