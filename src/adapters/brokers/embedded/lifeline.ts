import type { Logger } from '../../../core/ports/logger.ts'
import { within } from '../../deadline.ts'

/** Whether a Redis answers, as seen when it is used. While it does not answer, no call waits for it. */
export interface Lifeline {
  isUp(): boolean
  /**
   * Resolves to the value of `run`, or to the value of `instead` while Redis is down. The call that first finds Redis
   * down resolves after `timeoutMs`, and later calls at once. Rejects with errors that have another cause.
   */
  attempt<Value>(
    run: () => Value | Promise<Value>,
    instead: (error: unknown) => Value | Promise<Value>,
  ): Promise<Value>
  /** Call it when a connection was lost, or when a call failed whose result is not awaited. */
  failed(error: unknown): void
  /** Calls `run` when Redis answers again. */
  onBack(run: () => void): void
  /** The time since which Redis does not answer (ms since the epoch), and the cause. Null: it answers. */
  outage(): { readonly since: number; readonly cause: string } | null
  stop(): void
}

/** Errors which mean that Redis is down or cannot work now. Other errors mean that a command was wrong. */
const AWAY =
  /did not answer within|connection is closed|isn't writeable|max retries|command timed out|socket timeout|socket closed|^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|MISCONF)\b/i

export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return typeof (error as { code?: unknown }).code === 'string' || AWAY.test(error.message)
}

const causeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code
  // The error text of ioredis is about its internal stream, so it is replaced.
  if (error instanceof Error && error.message.includes("isn't writeable")) return 'no connection'
  return typeof code === 'string' ? code : error instanceof Error ? error.message : 'unknown'
}

export function createLifeline(parts: {
  /** Resolves when Redis works. */
  readonly ping: () => Promise<unknown>
  readonly timeoutMs: number
  /** How often Redis is asked while it is down, ms. */
  readonly retryMs: number
  /** ms since the epoch */
  readonly now: () => number
  readonly logger: Logger
}): Lifeline {
  const { ping, timeoutMs, retryMs, now, logger } = parts
  const listeners: (() => void)[] = []
  const aborts = new Set<(error: Error) => void>()
  let outage: { since: number; cause: string } | null = null
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function askLater(): void {
    if (stopped) return
    timer = setTimeout(() => void ask(), retryMs)
    timer.unref()
  }

  async function ask(): Promise<void> {
    try {
      await within(ping(), timeoutMs, 'Redis')
    } catch (error) {
      if (outage !== null) outage.cause = causeOf(error)
      askLater()
      return
    }
    if (outage === null || stopped) return
    logger.warn(
      { seconds: Math.round((now() - outage.since) / 1000) },
      'The Redis of the MQTT broker answers again.',
    )
    outage = null
    for (const run of listeners) run()
  }

  function failed(error: unknown): void {
    if (outage !== null || stopped) return
    outage = { since: now(), cause: causeOf(error) }
    // All waiting calls continue now, in their order, because aedes drops a message if a later one came first.
    for (const abort of aborts) abort(new Error('Connection is closed.'))
    aborts.clear()
    logger.error(
      { err: error },
      'The Redis of the MQTT broker does not answer. Connections stay open and this node works alone. Messages that have to be stored are not acknowledged. Check that Redis runs.',
    )
    askLater()
  }

  return {
    isUp: () => outage === null,
    async attempt(run, instead) {
      if (outage !== null) return instead(new Error(outage.cause))
      let abort: (error: Error) => void = () => undefined
      const away = new Promise<never>((_, reject) => {
        abort = reject
      })
      aborts.add(abort)
      try {
        return await within(Promise.race([run(), away]), timeoutMs, 'Redis')
      } catch (error) {
        if (!isOutage(error)) throw error
        failed(error)
        return instead(error)
      } finally {
        aborts.delete(abort)
      }
    },
    failed,
    onBack: (run) => void listeners.push(run),
    outage: () => outage,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
