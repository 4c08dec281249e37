import { browserHttp } from '../../bridge/browser.ts'
import { callBridge, windowBridge } from '../../bridge/client.ts'
import { asText } from '../../bridge/normalize.ts'
import type { PageNow } from '../../bridge/page-events.ts'
import type { LoginForPlugins } from '../../bridge/plugin-page.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './translate.ts'
import { upload } from './upload.ts'

/** Both sides of `LoginForPlugins`. @param finish what goes on with a token */
export function createLoginForPlugins(finish: LoginForPlugins['finish']) {
  const listeners: ((offered: boolean) => void)[] = []
  let last: boolean | null = null
  const forPlugins: LoginForPlugins = {
    finish,
    onOffered(listener) {
      listeners.push(listener)
      if (last !== null) listener(last)
    },
  }
  return {
    forPlugins,
    offer(offered: boolean): void {
      if (offered === last) return
      last = offered
      for (const listener of listeners.slice()) listener(offered)
    },
  }
}

export interface PageForPlugins {
  /** Tells the listeners a new state. A listener that throws is not called again. */
  stateChanged(state: FlowState): void
}

/** Pages without events. */
const NOTHING: PageNow = { state: null, findings: [], steps: [] }

/**
 * @param token returns the present access token of the page
 * @param now what the page has told so far
 */
export function openToPlugins(
  data: PageData,
  text: Translate,
  token: () => string | null,
  login: LoginForPlugins | null = null,
  now: PageNow = NOTHING,
): PageForPlugins {
  let listeners: ((state: FlowState) => void)[] = []
  let last: FlowState | null = null

  function tell(listener: (state: FlowState) => void, state: FlowState): void {
    try {
      listener(state)
    } catch (error) {
      listeners = listeners.filter((one) => one !== listener)
      console.error(error)
    }
  }

  window.djiCloudPage = {
    page: data.page,
    language: data.language,
    values: data.values,
    login,
    get state() {
      return now.state
    },
    get findings() {
      return now.findings
    },
    get steps() {
      return now.steps
    },
    // Asked for at each call: Pilot may inject its bridge late (facts A3), and gives '' before it knows (facts B2).
    controller: () => asText(callBridge(windowBridge, 'platformGetRemoteControllerSN')).data || null,
    text,
    request: (method, path, body) =>
      browserHttp({
        method,
        url: `${data.mount}${path}`,
        token: token(),
        body,
        headers: { 'x-dji-cloud': '1' },
      }),
    upload: (method, path, body, options) =>
      upload({ method, url: `${data.mount}${path}`, token: token(), body, options }),
    onState(listener) {
      listeners.push(listener)
      if (last !== null) tell(listener, last)
    },
  }
  return {
    stateChanged(state) {
      last = state
      for (const listener of listeners.slice()) tell(listener, state)
    },
  }
}
