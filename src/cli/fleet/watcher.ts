import { WebSocket } from 'ws'
import { atBase, baseOf } from '../../core/pages/at-base.ts'
import type { Bootstrap } from '../../core/pages/page-data.ts'
import { urlsFromLink } from '../../testing/page-urls.ts'
import type { Account } from '../account.ts'
import { askApi, signOut } from './api.ts'

export interface Watcher {
  close(): Promise<void>
}

type Push = (serial: string, host: Readonly<Record<string, unknown>>, now: number) => void

/** A front end: logs in and listens to what the platform pushes of the workspace. */
export async function watch(link: string, { username, password }: Account, onPush: Push): Promise<Watcher> {
  const urls = urlsFromLink(link)
  const at = (path: string): string => new URL(path, link).href
  const login = await askApi(at(`${urls.api}/login`), { body: { username, password, flag: 2 } })
  const token = String(login['access_token'])
  const given = await askApi(at(urls.bootstrap), { token })
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
  return {
    async close() {
      socket.removeAllListeners('message')
      socket.close()
      await signOut(link, token)
    },
  }
}

/** Other platforms of the demo's contract may have only the module's own parameters. */
function wsHostIn({ modules }: Record<string, unknown>): string {
  const found = Array.isArray(modules)
    ? modules.find((one: { name?: unknown }) => one.name === 'ws')
    : undefined
  return String((found as { params?: { host?: unknown } } | undefined)?.params?.host ?? '')
}
