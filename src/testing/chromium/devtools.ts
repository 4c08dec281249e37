import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Fields = Readonly<Record<string, unknown>>

/** Chromium's debugging protocol, for one tab. */
export interface Devtools {
  /** Rejects with the browser's own message. Also rejects if the tab is closed. */
  send(method: string, params?: Fields): Promise<Fields>
  on(listener: (method: string, params: Fields) => void): void
  close(): void
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Fields
  readonly result?: Fields
  readonly error?: { readonly message: string }
}

/** Connects to the browser and opens a new tab. */
export async function openTab(endpoint: string): Promise<Devtools> {
  const socket = new WebSocket(endpoint, { perMessageDeflate: false })
  await once(socket, 'open')
  const waiting = new Map<number, { resolve: (result: Fields) => void; reject: (error: Error) => void }>()
  const listeners = new Set<(method: string, params: Fields) => void>()
  let sent = 0

  socket.on('message', (data) => {
    const { id, method, params = {}, result = {}, error } = JSON.parse(String(data)) as Message
    if (id === undefined) {
      if (method !== undefined) for (const listener of listeners) listener(method, params)
      return
    }
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asked?.resolve(result)
    else asked?.reject(new Error(error.message))
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium has ended.'))
    waiting.clear()
  })

  const ask = (method: string, params: Fields, more: Fields = {}): Promise<Fields> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error('Chromium has ended.'))
      const id = ++sent
      waiting.set(id, { resolve, reject })
      socket.send(JSON.stringify({ id, method, params, ...more }))
    })

  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true })
  return {
    send: (method, params = {}) => ask(method, params, { sessionId }),
    on: (listener) => void listeners.add(listener),
    close: () => socket.terminate(),
  }
}
