import type { AedesPublish } from './aedes.ts'
import type { Lifeline } from './lifeline.ts'

type Done = (error?: Error | null) => void

/** The part of mqemitter-redis that is used; those with `_` are its parent's, without Redis. */
export interface RedisEmitter {
  readonly closed?: boolean
  readonly closing?: boolean
  emit(message: AedesPublish, done?: Done): unknown
  _emit(message: AedesPublish, done?: Done): unknown
  on(topic: string, listener: unknown, done?: () => void): unknown
  removeListener(topic: string, listener: unknown, done?: () => void): unknown
}

const ignore = (): void => undefined

/**
 * Gives messages to this node's own clients directly, and to Redis for the other nodes. By itself mqemitter-redis sends them to Redis
 * and waits for them to come back, so that without it nobody hears anything.
 * @param brokerId whose messages are this node's own; null until the broker is made
 * @param patience how long a subscription may take to be known to Redis, ms. It becomes so later by itself
 */
export function goLocalFirst(
  mq: RedisEmitter,
  lifeline: Lifeline,
  brokerId: () => string | null,
  patience: number,
): void {
  const local = mq._emit.bind(mq)
  const remote = mq.emit.bind(mq)

  // What comes back from Redis was told already.
  mq._emit = (message, done) => {
    if (message.brokerId === brokerId()) return done?.()
    return local(message, done)
  }
  mq.emit = (message, done) => {
    if (mq.closed === true || mq.closing === true) return remote(message, done)
    if (lifeline.isUp())
      remote(message, (error) => {
        if (error) lifeline.failed(error)
      })
    return message.brokerId === brokerId() ? local(message, done) : mq._emit(message, done)
  }

  for (const name of ['on', 'removeListener'] as const) {
    const change = mq[name].bind(mq)
    mq[name] = (topic, listener, done = ignore) => {
      let open = true
      const finish = (): void => {
        if (!open) return
        open = false
        clearTimeout(timer)
        done()
      }
      const timer = setTimeout(finish, lifeline.isUp() ? patience : 0)
      return change(topic, listener, finish)
    }
  }
}
