import { baseOf } from '../core/pages/at-base.ts'
import { readEnvelope } from '../core/pages/read-envelope.ts'
import type { FlowEnvironment, FlowRequest, FlowResponse, RawBridge } from './types.ts'

/** The parts of the browser that this file uses, so that it also compiles and loads under Node. */
interface Page {
  djiBridge?: RawBridge
  readonly localStorage: {
    getItem(key: string): string | null
    setItem(key: string, value: string): void
    removeItem(key: string): void
  }
  readonly navigator: { readonly userAgent: string }
  readonly location: { readonly href: string }
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
  setTimeout(fn: () => void, ms: number): number
  clearTimeout(handle: number): void
  fetch(url: string, init: object): Promise<{ readonly status: number; text(): Promise<string> }>
  readonly AbortController?: new () => { readonly signal: object; abort(): void }
}

declare const window: unknown

const page = (): Page => window as Page

const TIMEOUT_MS = 15_000

/** True in DJI Pilot 2, even before Pilot injects the bridge (facts A1). */
export const isDjiPilot = (): boolean =>
  typeof page().djiBridge !== 'undefined' || page().navigator.userAgent.indexOf('dji-open-platform') >= 0

/** Everything that `createPilotFlow` needs, in a real page. */
export function browserEnvironment(
  urls: FlowEnvironment['urls'],
  hooks: Pick<FlowEnvironment, 'onStep' | 'onState' | 'onOutcome'> = {},
): FlowEnvironment {
  return {
    ...hooks,
    bridge: () => page().djiBridge,
    isDjiPilot: isDjiPilot(),
    globals: window as Record<string, unknown>,
    http: browserHttp,
    storage: browserStorage(),
    timers: {
      now: () => Date.now(),
      set: (fn, ms) => page().setTimeout(fn, ms),
      clear: (handle) => page().clearTimeout(handle as number),
    },
    urls,
    randomKey,
    base: baseOf(urls, page().location.href),
  }
}

/** 128 random bits as hex. */
function randomKey(): string {
  let text = ''
  for (const byte of page().crypto.getRandomValues(new Uint8Array(16)))
    text += byte.toString(16).padStart(2, '0')
  return text
}

/** If the web view forbids storage, memory is used: the page works, but forgets everything on reload. */
export function browserStorage(): FlowEnvironment['storage'] {
  try {
    const kept = page().localStorage
    kept.setItem('dji-cloud.probe', '1')
    kept.removeItem('dji-cloud.probe')
    return {
      get: (key) => kept.getItem(key),
      set: (key, value) => kept.setItem(key, value),
      remove: (key) => kept.removeItem(key),
    }
  } catch {
    const memory = new Map<string, string>()
    return {
      get: (key) => memory.get(key) ?? null,
      set: (key, value) => void memory.set(key, value),
      remove: (key) => void memory.delete(key),
    }
  }
}

/** Sends one request. Never rejects: status 0 means that the server was not reached. */
export async function browserHttp({
  method,
  url,
  token,
  body,
  headers: more = {},
  keepalive = false,
}: FlowRequest): Promise<FlowResponse> {
  const { AbortController: Abort } = page()
  const abort = Abort === undefined ? null : new Abort()
  const timer = page().setTimeout(() => abort?.abort(), TIMEOUT_MS)
  try {
    const headers: Record<string, string> = { ...more }
    if (token !== null) headers['x-auth-token'] = token
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init: Record<string, unknown> = {
      method,
      headers,
      keepalive,
      cache: 'no-store',
      credentials: 'same-origin',
    }
    if (body !== undefined) init.body = JSON.stringify(body)
    if (abort !== null) init.signal = abort.signal
    // The pages have the policy `no-referrer`. With it, Chromium 70 sends `Origin: null` (shown in test/examples/sso.test.ts),
    // and the server could not tell this page from another site.
    if (headers['x-dji-cloud'] !== undefined) init.referrerPolicy = 'same-origin'
    // Chromium before 81 refuses `keepalive` together with a custom header (shown in test/e2e).
    const response = await page()
      .fetch(url, init)
      .catch((error: unknown) => {
        if (!keepalive) throw error
        return page().fetch(url, { ...init, keepalive: false })
      })
    return envelope(response.status, await response.text())
  } catch (error) {
    return { status: 0, code: 0, message: error instanceof Error ? error.message : '', data: null }
  } finally {
    page().clearTimeout(timer)
  }
}

/** An answer without an envelope does not come from the platform: it is a failure, even with status 200. */
export function envelope(status: number, text: string): FlowResponse {
  const read = readEnvelope(text)
  if (read !== null) return { status, ...read }
  return status >= 200 && status < 400
    ? { status: 0, code: 0, message: 'The answer did not come from the platform.', data: null }
    : { status, code: status, message: '', data: null }
}
