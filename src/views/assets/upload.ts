import { envelope } from '../../bridge/browser.ts'
import type { UploadOptions } from '../../bridge/plugin-page.ts'
import type { FlowResponse } from '../../bridge/types.ts'

interface Upload {
  readonly method: string
  readonly url: string
  readonly token: string | null
  readonly body: Blob | FormData
  readonly options?: UploadOptions | undefined
}

/** `fetch` tells nothing while it sends, so this is an XMLHttpRequest. Never rejects. */
export const upload = ({ method, url, token, body, options = {} }: Upload): Promise<FlowResponse> =>
  new Promise((resolve) => {
    const { onProgress, signal } = options
    const failed = (message: string) => () => resolve({ status: 0, code: 0, message, data: null })
    const stop = (): void => call.abort()
    const call = new XMLHttpRequest()
    call.open(method, url)
    if (token !== null) call.setRequestHeader('x-auth-token', token)
    call.setRequestHeader('x-dji-cloud', '1')
    call.upload.onprogress = ({ loaded, total }) => onProgress?.(loaded, total)
    call.onload = () => resolve(envelope(call.status, call.responseText))
    call.onerror = failed('The server was not reached.')
    call.onabort = failed('The upload was stopped.')
    call.onloadend = () => signal?.removeEventListener('abort', stop)
    if (signal?.aborted === true) return failed('The upload was stopped.')()
    signal?.addEventListener('abort', stop)
    call.send(body)
  })
