import type { PageData } from '../core/pages/page-data.ts'
import type { PageNow } from './page-events.ts'
import type { FlowResponse, FlowState } from './types.ts'

/**
 * `window.djiCloudPage`: what the script of a plugin can use. It is set before that script runs. Declare it in the script:
 * `declare const djiCloudPage: DjiCloudPage`.
 */
export interface DjiCloudPage extends PageNow {
  readonly page: PageData['page']
  readonly language: string
  /** On a page of the plugin's own: what its row gave. Null on every other page. */
  readonly values: unknown
  /** A text by its key. `{name}` in the text is replaced by the value of that name. */
  text(key: string, values?: Readonly<Record<string, string>>): string
  /**
   * Sends a request to this platform, with the access token of the page and the header that rows with `guard: 'browser'` want.
   * @param path below the mount, such as `/flight-log/api/v1/flights`
   * @returns the HTTP status with `code`, `message` and `data` of the envelope; `status` 0 if the server was not reached
   */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<FlowResponse>
  /**
   * Sends a file or a form with files to a row with `guard: 'token'`, with the access token of the page. It has no time limit, because
   * a photo over a slow connection takes long.
   * @param path as for `request`
   * @param body a `File` or `Blob` for a row with `body: 'stream'`, a `FormData` for `body: 'multipart'`
   * @returns the same as `request`; `status` 0 also if it was stopped
   */
  upload(
    method: 'POST' | 'PUT',
    path: string,
    body: Blob | FormData,
    options?: UploadOptions,
  ): Promise<FlowResponse>
  /** The serial number of the controller, as Pilot tells it to the page; null: Pilot does not tell it, or this is another browser. */
  controller(): string | null
  /** What a plugin with a login of its own needs of the login page; null on every other page. */
  readonly login: LoginForPlugins | null
  /**
   * Main page only: calls the listener with all that the flow knows, now and whenever Pilot was asked. It contains the licence and may
   * contain a token, so do not send it anywhere. `dji-cloud:state` and `state` have none.
   */
  onState(listener: (state: FlowState) => void): void
}

/** Options of `djiCloudPage.upload`. */
export interface UploadOptions {
  /** Is called while the body is sent. @param sent bytes so far @param total bytes of the whole body, with the parts of a form */
  readonly onProgress?: ((sent: number, total: number) => void) | undefined
  /** Stops the upload: `const stop = new AbortController()`, then `stop.abort()`. */
  readonly signal?: AbortSignal | undefined
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
