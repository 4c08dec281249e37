import { WebSocket } from 'ws'
import { atBase, baseOf } from '../../core/pages/at-base.ts'
import type { Bootstrap } from '../../core/pages/page-data.ts'
import { urlsFromLink } from '../../testing/page-urls.ts'
import type { Account } from '../account.ts'
import { askApi, signOut } from './api.ts'

export interface Watcher {
  isOpen(): boolean
  /** How often the connection broke. */
  broke(): number
  close(): Promise<void>
}

type Push = (serial: string, host: Readonly<Record<string, unknown>>, now: number) => void

const RETRY_MS = 500

/**
 * Acts as a front end: logs in and listens to the pushes of the workspace. Rejects if it cannot start. If the connection
 * breaks later, as in a restart of the platform, it connects again, and logs in again if needed.
 */
export async function watch(link: string, account: Account, onPush: Push): Promise<Watcher> {
  let token = await logIn(link, account)
  let socket = await connect(link, token, onPush)
  let broke = 0
  let retry: NodeJS.Timeout | undefined
  let closed = false

  function follow(): void {
    socket.on('close', () => {
      if (closed) return
      broke += 1
      again()
    })
  }

  function again(): void {
    if (closed) return
    retry = setTimeout(() => void reconnect().catch(again), RETRY_MS)
  }

  async function reconnect(): Promise<void> {
    const made = await connect(link, token, onPush).catch(async () => {
      token = await logIn(link, account)
      return connect(link, token, onPush)
    })
    if (closed) return made.terminate()
    socket = made
    follow()
  }

  follow()
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    broke: () => broke,
    async close() {
      closed = true
      clearTimeout(retry)
      socket.removeAllListeners('message')
      socket.close()
      await signOut(link, token)
    },
  }
}

const addressIn = (link: string, path: string): string => new URL(path, link).href

async function logIn(link: string, { username, password, fields }: Account): Promise<string> {
  const address = addressIn(link, `${urlsFromLink(link).api}/login`)
  const login = await askApi(address, { body: { ...fields, username, password, flag: 2 } })
  return String(login['access_token'])
}

async function connect(link: string, token: string, onPush: Push): Promise<WebSocket> {
  const urls = urlsFromLink(link)
  const given = await askApi(addressIn(link, urls.bootstrap), { token })
  const bootstrap = atBase(given as unknown as Bootstrap, baseOf(urls, link))
  const host = String(bootstrap.ws_host ?? wsHostIn(given))
  const socket = new WebSocket(`${host}?x-auth-token=${encodeURIComponent(token)}`)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)
  socket.on('message', (bytes) => {
    const { biz_code: code, data } = JSON.parse(String(bytes)) as {
      biz_code?: string
      data?: Record<string, unknown>
    }
    if (code === 'device_osd' && typeof data?.['host'] === 'object')
      onPush(String(data['sn']), data['host'] as Record<string, unknown>, Date.now())
  })
  return socket
}

/** Another platform with the demo's API may answer only with the parameters of the module. */
function wsHostIn({ modules }: Record<string, unknown>): string {
  const found = Array.isArray(modules)
    ? modules.find((one: { name?: unknown }) => one.name === 'ws')
    : undefined
  return String((found as { params?: { host?: unknown } } | undefined)?.params?.host ?? '')
}
