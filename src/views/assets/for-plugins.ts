import { browserHttp } from '../../bridge/browser.ts'
import type { FlowResponse, FlowState } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import type { Translate } from './translate.ts'

/** `window.djiCloudPage`: what the script of a plugin has to work with. Set before that script runs. */
export interface DjiCloudPage {
  readonly page: PageData['page']
  readonly language: string
  /** A text by its key; `{name}` in it is filled in. */
  readonly text: Translate
  /**
   * Asks this platform, with the access token of the page.
   * @param path below the mount, such as `/flight-log/api/v1/flights`
   * @returns `status` 0: the server was not reached; otherwise the HTTP status, and `code`, `message`, `data` of the envelope
   */
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<FlowResponse>
  /** The main page only: calls with the state of the connection, now and whenever it changes. */
  onState(listener: (state: FlowState) => void): void
}

export interface PageForPlugins {
  /** To be called with each state. A listener that throws is not called again. */
  stateChanged(state: FlowState): void
}

/** @param token the access token of the page, as it is then */
export function openToPlugins(data: PageData, text: Translate, token: () => string | null): PageForPlugins {
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
    text,
    request: (method, path, body) =>
      browserHttp({ method, url: `${data.mount}${path}`, token: token(), body }),
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
