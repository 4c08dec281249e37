/** EMQX publishes on these topics when a client connects or disconnects. */
export const PRESENCE = ['$SYS/brokers/+/clients/+/connected', '$SYS/brokers/+/clients/+/disconnected']

export type PresenceNews =
  | {
      readonly kind: 'connected'
      readonly clientId: string
      readonly username: string
      readonly address: string
    }
  /** `isDone`: the client sent DISCONNECT. */
  | { readonly kind: 'disconnected'; readonly clientId: string; readonly isDone: boolean }

/** Reads a message of `PRESENCE`. Null: it contains nothing new. */
export function readPresence(topic: string, payload: Uint8Array): PresenceNews | null {
  const kind = topic.endsWith('/connected')
    ? 'connected'
    : topic.endsWith('/disconnected')
      ? 'disconnected'
      : null
  let body: unknown
  try {
    body = JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    return null
  }
  const { clientid, username, ipaddress, reason } = (body ?? {}) as Record<string, unknown>
  if (kind === null || typeof clientid !== 'string') return null
  // A newer connection of the same client replaced this one.
  if (reason === 'takenover' || reason === 'takeovered' || reason === 'discarded') return null
  if (kind === 'disconnected') return { kind, clientId: clientid, isDone: reason === 'normal' }
  if (typeof username !== 'string') return null
  return { kind, clientId: clientid, username, address: typeof ipaddress === 'string' ? ipaddress : '' }
}
