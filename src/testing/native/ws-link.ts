import { WebSocket } from 'ws'
import type { LinkName } from '../events.ts'
import type { NativeContext } from './context.ts'
import { createAlarm } from './retry.ts'

export interface WsLink {
  state(): LinkName
  connect(host: string, token: string): void
  send(text: string): boolean
  disconnect(): void
  cut(): void
  restore(): void
  close(): Promise<void>
}

/** Pilot's WebSocket for situation awareness. The token is sent in the query (facts E). */
export function createWsLink(
  context: NativeContext,
  onMessage: (body: Record<string, unknown>) => void,
  tell: (connected: boolean) => void,
): WsLink {
  const { knobs, log, network, timers } = context
  const alarm = createAlarm(timers)
  let target: { readonly host: string; readonly token: string } | null = null
  let socket: WebSocket | null = null
  let current: LinkName = 'idle'

  const become = (state: LinkName, reason: string | null): void => {
    current = state
    log.emit('ws.state', { state, reason })
  }

  const attempt = (): void => {
    if (target === null || !network.up) return
    become('connecting', null)
    tell(false)
    if (knobs.wsReach === 'blocked') {
      alarm.set(() => {
        become('disconnected', 'the WebSocket was not opened (knob wsReach)')
        tell(false)
        alarm.set(attempt, knobs.wsReconnectMs)
      }, 0)
      return
    }
    let mine: WebSocket
    try {
      mine = new WebSocket(`${target.host}?x-auth-token=${encodeURIComponent(target.token)}`, {
        headers: { 'user-agent': knobs.nativeUserAgent },
      })
    } catch (error) {
      return void become('disconnected', error instanceof Error ? error.message : String(error))
    }
    socket = mine
    let reason: string | null = null
    mine.on('error', (error) => {
      reason = error.message
    })
    mine.on('open', () => {
      if (socket !== mine) return
      become('connected', null)
      tell(true)
    })
    mine.on('message', (data) => {
      if (socket !== mine) return
      const body = parse(String(data))
      log.emit('ws.in', { data: body })
      if (body !== null && typeof body === 'object') onMessage(body as Record<string, unknown>)
    })
    mine.on('close', (code) => {
      if (socket !== mine) return
      socket = null
      become('disconnected', reason ?? `closed (${code})`)
      tell(false)
      alarm.set(attempt, knobs.wsReconnectMs)
    })
  }

  const drop = (how: (old: WebSocket) => void, reason: string): void => {
    alarm.clear()
    const old = socket
    socket = null
    if (old) how(old)
    if (current === 'connected' || current === 'connecting') become('disconnected', reason)
  }

  return {
    state: () => current,
    connect(host, token) {
      drop((old) => old.close(), 'new target')
      target = { host, token }
      attempt()
    },
    send(text) {
      if (socket === null || current !== 'connected') return false
      log.emit('ws.out', { data: parse(text) })
      socket.send(text)
      return true
    },
    disconnect() {
      target = null
      drop((old) => old.close(), 'left')
      current = 'idle'
    },
    cut: () => drop((old) => old.terminate(), 'the network is gone'),
    restore: () => {
      if (current !== 'connected') alarm.set(attempt, 0)
    },
    close: () =>
      new Promise((resolve) => {
        target = null
        const old = socket
        drop(() => {}, 'closed')
        if (old === null) return resolve()
        old.once('close', () => resolve())
        old.terminate()
      }),
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
