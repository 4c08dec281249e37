import { browserHttp } from '../../bridge/browser.ts'
import { callBridge, windowBridge } from '../../bridge/client.ts'
import { asText } from '../../bridge/normalize.ts'
import type { FlowResponse, FlowState } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './translate.ts'

/** `window.djiCloudPage`: what the script of a plugin can use. Set before that script runs. */
export interface DjiCloudPage {
  readonly page: PageData['page']
  readonly language: string
  /** On a page of the plugin's own: what its row gave. Null on every other page. */
  readonly values: unknown
  /** A text by its key. `{name}` in the text is replaced by the value of that name. */
  readonly text: Translate
  /**
   * Sends a request to this platform, with the access token of the page and the header that `requireOwnPage` wants.
   * @param path below the mount, such as `/flight-log/api/v1/flights`
   * @returns the HTTP status with `code`, `message` and `data` of the envelope; `status` 0 if the server was not reached
   */
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<FlowResponse>
  /** The serial number of the controller, as Pilot tells it to the page; null: Pilot does not tell it, or this is another browser. */
  controller(): string | null
  /** What a plugin with a login of its own needs of the login page; null on every other page. */
  readonly login: LoginForPlugins | null
  /** Main page only: calls the listener with the state of the connection, now and at each change. */
  onState(listener: (state: FlowState) => void): void
}

/** The login page, for a plugin with a login of its own. */
export interface LoginForPlugins {
  /**
   * Calls the listener with true while the page offers its logins, and with false while it checks a token that it has, or cannot
   * reach the server: now, if the page knows it already, and at each change.
   */
  onOffered(listener: (offered: boolean) => void): void
  /** Goes on as after every login: the page keeps the token and opens the main page. @param expiresAt seconds since the epoch */
  finish(token: string, expiresAt: number): void
}

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

/** @param token returns the present access token of the page */
export function openToPlugins(
  data: PageData,
  text: Translate,
  token: () => string | null,
  login: LoginForPlugins | null = null,
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
