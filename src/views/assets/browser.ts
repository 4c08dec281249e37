import type { FlowEnvironment, FlowRequest, FlowResponse, RawBridge } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'

declare global {
  interface Window {
    djiBridge?: RawBridge
    djiCloudStarted?: boolean
  }
}

const TIMEOUT_MS = 15_000

export type Translate = (key: string, values?: Readonly<Record<string, string>>) => string

export function readPageData(): PageData {
  return JSON.parse((document.getElementById('dji-cloud-data') as HTMLElement).textContent || '') as PageData
}

export function createTranslate(texts: PageData['texts']): Translate {
  return (key, values) =>
    (texts[key] || key).replace(/\{(\w+)\}/g, (whole, name: string) => values?.[name] || whole)
}

/** Storage that a web view forbids is replaced by memory: the page works, but forgets. */
export function openStorage(): FlowEnvironment['storage'] {
  const memory = new Map<string, string>()
  let store: Storage | null = null
  try {
    store = window.localStorage
    store.setItem('dji-cloud.probe', '1')
    store.removeItem('dji-cloud.probe')
  } catch {
    store = null
  }
  if (store === null) {
    return {
      get: (key) => memory.get(key) ?? null,
      set: (key, value) => void memory.set(key, value),
      remove: (key) => void memory.delete(key),
    }
  }
  const kept = store
  return {
    get: (key) => kept.getItem(key),
    set: (key, value) => kept.setItem(key, value),
    remove: (key) => kept.removeItem(key),
  }
}

export const insidePilot = (): boolean =>
  typeof window.djiBridge !== 'undefined' || navigator.userAgent.indexOf('dji-open-platform') >= 0

export function createEnvironment(
  data: PageData,
  hooks: Pick<FlowEnvironment, 'onStep' | 'onState' | 'onOutcome'>,
): FlowEnvironment {
  return {
    ...hooks,
    bridge: () => window.djiBridge,
    insidePilot: insidePilot(),
    globals: window as unknown as Record<string, unknown>,
    http,
    storage: openStorage(),
    timers: {
      now: () => Date.now(),
      set: (fn, ms) => window.setTimeout(fn, ms),
      clear: (handle) => window.clearTimeout(handle as number),
    },
    urls: data.urls,
  }
}

export async function http({
  method,
  url,
  token,
  body,
  keepalive = false,
}: FlowRequest): Promise<FlowResponse> {
  const abort = typeof AbortController === 'undefined' ? null : new AbortController()
  const timer = window.setTimeout(() => abort?.abort(), TIMEOUT_MS)
  try {
    const headers: Record<string, string> = {}
    if (token !== null) headers['x-auth-token'] = token
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init: RequestInit = { method, headers, keepalive, cache: 'no-store', credentials: 'same-origin' }
    if (body !== undefined) init.body = JSON.stringify(body)
    if (abort !== null) init.signal = abort.signal
    // Engines before Chromium 81 refuse keepalive together with a header of ours (shown in test/e2e).
    const response = await fetch(url, init).catch((error: unknown) => {
      if (!keepalive) throw error
      return fetch(url, { ...init, keepalive: false })
    })
    return envelope(response.status, await response.text())
  } catch (error) {
    return { status: 0, code: 0, message: error instanceof Error ? error.message : '', data: null }
  } finally {
    window.clearTimeout(timer)
  }
}

/** Something between us and the server (a proxy, a hotel's Wi-Fi) may answer with anything. */
function envelope(status: number, text: string): FlowResponse {
  try {
    const { code, message, data } = JSON.parse(text) as Partial<FlowResponse>
    if (typeof code === 'number')
      return {
        status,
        code,
        message: typeof message === 'string' ? message : '',
        data: data === undefined ? null : data,
      }
  } catch {
    // Not ours: told apart below.
  }
  return status >= 200 && status < 400
    ? { status: 0, code: 0, message: 'The answer did not come from the platform.', data: null }
    : { status, code: status, message: '', data: null }
}
