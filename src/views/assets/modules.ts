import { canReload } from '../../bridge/diagnosis/actions.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { ModuleName } from '../../core/pages/page-data.ts'
import type { Translate } from './browser.ts'
import { byId, make, setText, show } from './dom.ts'

type Shown = 'loaded' | 'loading' | 'failed' | 'off' | 'connected' | 'connecting' | 'disconnected'

/** One row per module: its state as symbol, color and word, and a button to load it again where that can work. */
export function createModuleList(
  t: Translate,
  reload: (name: ModuleName) => Promise<unknown>,
): (state: FlowState) => void {
  const rows: Partial<Record<ModuleName, HTMLElement>> = {}

  function row(name: ModuleName): HTMLElement {
    const button = make('button', 'quiet', [t('home.reload')]) as HTMLButtonElement
    button.type = 'button'
    button.id = `reload-${name}`
    button.setAttribute('aria-label', t('home.reload.module', { module: t(`module.${name}`) }))
    button.addEventListener('click', () => {
      button.disabled = true
      void reload(name).then(() => {
        button.disabled = false
      })
    })
    const state = make('span', 'module-state')
    state.id = `module-${name}`
    return make('li', 'module', [
      make('span', 'module-mark'),
      make('span', 'module-name', [t(`module.${name}`)]),
      state,
      button,
    ])
  }

  return (state) => {
    const list = byId('modules')
    if (list === null || state.bootstrap === null) return
    show('modules-panel', state.bridge === 'present')
    for (const { name } of state.bootstrap.modules) {
      let element = rows[name]
      if (element === undefined) {
        element = row(name)
        rows[name] = element
        list.appendChild(element)
      }
      const shown = shownState(name, state)
      element.setAttribute('data-state', shown)
      setText(`module-${name}`, t(`state.${shown}`))
      show(`reload-${name}`, canReload(name, state))
    }
  }
}

/** For the two modules with a link, the state of the link is shown. */
function shownState(name: ModuleName, { modules, link, ws }: FlowState): Shown {
  const state = modules[name] || 'off'
  if (state !== 'loaded') return state
  if (name === 'thing') return link
  return name === 'ws' ? ws : state
}
