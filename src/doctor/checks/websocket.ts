import { WebSocket } from 'ws'
import { finding } from '../../core/findings/index.ts'
import { API_PATH } from '../../core/pages/urls.ts'
import { ask } from '../ask.ts'
import type { Check } from '../context.ts'
import { hostAndPort, inspect, portOf } from './certificate.ts'

/** Checks situation awareness: the WebSocket, and the device list that Pilot fetches. */
export const websocket: Check = {
  title: 'WebSocket and device list',
  needs: ({ bootstrap }) => bootstrap !== null,
  at: ({ bootstrap }) => (bootstrap === null ? null : hostAndPort(new URL(bootstrap.ws_host))),
  async run(context) {
    const { bootstrap, token, base, timeout, url } = context
    if (bootstrap === null || token === null) return []
    const open = (query: string) => tryOpen(`${bootstrap.ws_host}${query}`, timeout)
    const [own, stranger] = [await open(`?x-auth-token=${encodeURIComponent(token)}`), await open('')]
    const list = await ask(
      context,
      `${base}${API_PATH}/workspaces/${bootstrap.workspace.id}/devices/topologies`,
    )
    const socket = new URL(bootstrap.ws_host)
    // The certificate of the page's own host was already checked.
    const other = socket.protocol === 'wss:' && hostAndPort(socket) !== hostAndPort(url)
    return [
      ...(other ? await inspect(context, socket.hostname, portOf(socket)) : []),
      ...(own === null ? [] : [finding('ws-refused', own)]),
      ...(stranger === null ? [finding('ws-open')] : []),
      ...(list.code === 0 ? [] : [finding('topologies', `HTTP ${list.status}, code ${list.code}`)]),
    ]
  },
}

/** Opens the WebSocket. Null means success; otherwise the reason of the failure. */
function tryOpen(url: string, handshakeTimeout: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { handshakeTimeout, rejectUnauthorized: false })
    socket.once('open', () => {
      socket.terminate()
      resolve(null)
    })
    socket.once('unexpected-response', (_request, response) => {
      resolve(`HTTP ${response.statusCode}`)
      response.destroy()
    })
    socket.once('error', (error) => resolve(error.message))
  })
}
