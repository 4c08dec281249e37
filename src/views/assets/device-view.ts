import { browserHttp } from '../../bridge/browser.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { setText } from './dom.ts'

const EVERY_MS = 10_000
/** Pause before the first question: the controller's topology needs a moment to reach the server. */
const EARLY_MS = 1_500
const EARLY_FOR_MS = 30_000
/** The server needs this time to see a new controller. Until then, it is not shown as offline. */
const NEW_MS = 8_000

export interface DeviceView {
  /** Whether it is online for the server; null if the server was not asked or did not answer. */
  readonly seen: () => { readonly gateway: boolean | null; readonly aircraft: boolean | null }
  /** Asks the server at once after a change, otherwise every ten seconds. */
  ask(state: FlowState): void
}

/** Shows what the server knows of this controller and its aircraft: model, and online or not. */
export function createDeviceView(api: string, token: () => string | null, t: Translate): DeviceView {
  let seen: ReturnType<DeviceView['seen']> = { gateway: null, aircraft: null }
  let askedFor = ''
  let askedAt = 0
  let asking = false

  async function ask(state: FlowState): Promise<void> {
    const { bootstrap, gateway, aircraft } = state
    if (bootstrap === null || gateway === null || state.link !== 'connected') {
      seen = { gateway: null, aircraft: null }
      return about(null, null)
    }
    const { status, code, entry: own } = await read(bootstrap.workspace.id, gateway)
    if (status !== 200 || code !== 0) {
      seen = { gateway: code === -1 ? false : null, aircraft: null }
      return about(null, null)
    }
    // Ask only if the server knows the device. Otherwise the answer would be empty.
    const child =
      aircraft !== null && own.child_device_sn === aircraft
        ? (await read(bootstrap.workspace.id, aircraft)).entry
        : null
    seen = {
      gateway: own.status === true,
      aircraft: aircraft === null ? null : child !== null && child.status === true,
    }
    const early = Date.now() - state.linkSince < NEW_MS
    about(early && !seen.gateway ? null : own, early && !seen.aircraft ? null : child)
  }

  async function read(
    workspace: string,
    serial: string,
  ): Promise<{ status: number; code: number; entry: Entry }> {
    const url = `${api}/devices/${encodeURIComponent(workspace)}/devices/${encodeURIComponent(serial)}`
    const { status, code, data } = await browserHttp({ method: 'GET', url, token: token() })
    return { status, code, entry: typeof data === 'object' && data !== null ? (data as Entry) : {} }
  }

  function about(gateway: Entry | null, aircraft: Entry | null): void {
    setText('gateway-about', gateway === null ? '' : words(gateway, t))
    setText('aircraft-about', aircraft === null ? '' : words(aircraft, t))
  }

  const patience = ({ linkSince }: FlowState): number =>
    (seen.gateway !== true || seen.aircraft === false) && Date.now() - linkSince < EARLY_FOR_MS
      ? EARLY_MS
      : EVERY_MS

  return {
    seen: () => seen,
    ask(state) {
      const wanted = `${state.link} ${state.gateway} ${state.aircraft}`
      if (asking || (wanted === askedFor && Date.now() - askedAt < patience(state))) return
      asking = true
      askedFor = wanted
      askedAt = Date.now()
      void ask(state).then(() => {
        asking = false
      })
    },
  }
}

type Entry = Readonly<Record<string, unknown>>

function words({ device_name, device_sn, status }: Entry, t: Translate): string {
  const name = typeof device_name === 'string' && device_name !== device_sn ? `${device_name} · ` : ''
  return `${name}${t(status === true ? 'device.online' : 'device.offline')}`
}
