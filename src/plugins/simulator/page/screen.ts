import { byId, show } from './dom.ts'
import type { Entry, SimulatorData, State } from './types.ts'
import { t } from './words.ts'

interface FrameWindow extends Window {
  djiBridge?: Record<string, unknown>
}

export interface Screen {
  /** Loads the access link, or shows the page that is still open. */
  open(keep: boolean): void
  /** Closes the page, or only hides it. */
  hide(keep: boolean): void
  deliver(entry: Entry, state: State): void
  /** Calls a function that the page set on the bridge; undefined if there is none. */
  hook(name: 'onBackClick' | 'onStopPlatform'): unknown
  /** Replaces each value `was` in the page's storage by `now`. */
  exchange(id: string, was: string, now: string): void
  forget(id: string): void
  draw(state: State): void
}

/** Size of the controller's display in CSS pixels. */
const WIDTH = 1_100
const PATH = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/

export function createScreen(data: SimulatorData): Screen {
  const frame = byId<HTMLIFrameElement>('frame')
  const view = byId('view')
  const inside = (): FrameWindow | null => frame.contentWindow as FrameWindow | null

  const scaleToView = (): void => {
    const scale = view.clientWidth / WIDTH
    frame.style.width = `${WIDTH}px`
    frame.style.height = `${Math.round(view.clientHeight / scale)}px`
    frame.style.transform = `scale(${scale})`
  }
  window.addEventListener('resize', scaleToView)

  const hook: Screen['hook'] = (name) => {
    const bridge = inside()?.djiBridge
    const found = bridge === undefined ? undefined : bridge[name]
    return typeof found === 'function' ? found.call(bridge) : undefined
  }

  const storageKeys = (id: string): string[] =>
    Object.keys(localStorage).filter((key) => key.indexOf(`dji-cloud-simulator.${id}.`) === 0)

  return {
    hook,
    open(keep) {
      const kept = keep && frame.getAttribute('data-loaded') === '1'
      show('frame', true)
      show('idle', false)
      scaleToView()
      if (!kept) frame.src = data.access
      frame.setAttribute('data-loaded', '1')
    },
    hide(keep) {
      show('frame', false)
      show('idle', true)
      if (keep) return
      frame.setAttribute('data-loaded', '0')
      frame.src = 'about:blank'
    },
    deliver({ name, argument, delivered }, { knobs }) {
      const target = inside()
      if (delivered !== true || target === null || !PATH.test(String(name))) return
      if (knobs['callbackDelivery'] === 'javascript-url') {
        // The strictest way to run a `javascript:` URL: the page's policy may block it. The knob is there to test this.
        target.location.href = `javascript:void(window.${name}(${JSON.stringify(argument)}))`
        return
      }
      const parts = String(name).split('.')
      let owner: unknown = target
      for (const part of parts.slice(0, -1)) owner = (owner as Record<string, unknown> | undefined)?.[part]
      const called = (owner as Record<string, unknown> | undefined)?.[parts[parts.length - 1] || '']
      if (typeof called === 'function') called.call(owner, argument)
    },
    exchange(id, was, now) {
      for (const key of storageKeys(id)) if (localStorage.getItem(key) === was) localStorage.setItem(key, now)
    },
    forget(id) {
      for (const key of storageKeys(id)) localStorage.removeItem(key)
    },
    draw({ native, link, ended }) {
      byId('title').textContent = native.platformName || 'DJI Pilot 2'
      byId('tile-name').textContent = native.platformName || t('screen.nobody')
      byId('tile-state').textContent =
        ended === null
          ? t(native.mqtt === 'connected' ? 'screen.connected' : 'screen.closed')
          : t('screen.revoked')
      byId('link').textContent = link
    },
  }
}
