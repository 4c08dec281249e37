import type { PilotEvent, PilotEventName, PilotEvents } from './events.ts'
import type { Mask } from './mask.ts'
import type { Timers } from './timers.ts'

/** How long `waitFor` waits, and from where in the log. */
export interface WaitOptions {
  /** How long to wait, in ms. Default 10 s. */
  readonly timeoutMs?: number | undefined
  /** Also searches the events in the log, from this sequence number on. 0: all of them. Default: only new events. */
  readonly since?: number | undefined
}

export interface EventLog {
  /** The newest events, oldest first. */
  readonly events: readonly PilotEvent[]
  /** Sequence number of the next event. Give it as `since` to `waitFor`. */
  mark(): number
  emit<Name extends PilotEventName>(type: Name, payload: PilotEvents[Name]): void
  on<Name extends PilotEventName>(type: Name, listener: (event: PilotEvent<Name>) => void): () => void
  onAny(listener: (event: PilotEvent) => void): () => void
  /** Rejects after the timeout or when the log is closed. The message names the expected event and the last events. */
  waitFor<Name extends PilotEventName>(
    type: Name,
    predicate?: (event: PilotEvent<Name>) => boolean,
    options?: WaitOptions,
  ): Promise<PilotEvent<Name>>
  close(): void
}

export function createEventLog(timers: Timers, mask: Mask, limit: number): EventLog {
  const events: PilotEvent[] = []
  const listeners = new Set<(event: PilotEvent) => void>()
  const waiting = new Set<(reason: string) => void>()
  let seq = 0

  const onAny = (listener: (event: PilotEvent) => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  const recent = (): string =>
    events
      .slice(-8)
      .map(
        (event) =>
          `  ${event.seq} ${JSON.stringify({ ...event, seq: undefined, at: undefined }).slice(0, 160)}`,
      )
      .join('\n')

  return {
    events,
    mark: () => seq,
    emit(type, payload) {
      const number = seq
      seq += 1
      // A fleet keeps no log and usually has no listener. Then masking every OSD report would be most of the work of a
      // fleet.
      if (limit === 0 && listeners.size === 0) return
      const event = { type, seq: number, at: timers.now(), ...mask.apply(payload) } as unknown as PilotEvent
      if (limit > 0) {
        events.push(event)
        if (events.length > limit) events.splice(0, events.length - limit)
      }
      for (const listener of [...listeners]) listener(event)
    },
    on: (type, listener) => onAny((event) => event.type === type && listener(event as never)),
    onAny,
    waitFor(type, predicate = () => true, { timeoutMs = 10_000, since } = {}) {
      const fits = (event: PilotEvent): boolean => event.type === type && predicate(event as never)
      if (since !== undefined) {
        const found = events.find((event) => event.seq >= since && fits(event))
        if (found) return Promise.resolve(found as never)
      }
      return new Promise((resolve, reject) => {
        const done = (): void => {
          off()
          timers.clear(timer)
          waiting.delete(fail)
        }
        const fail = (reason: string): void => {
          done()
          reject(new Error(`${reason} while waiting for "${type}". The last events were:\n${recent()}`))
        }
        const off = onAny((event) => {
          if (!fits(event)) return
          done()
          resolve(event as never)
        })
        const timer = timers.set(() => fail(`Nothing within ${timeoutMs} ms`), timeoutMs)
        waiting.add(fail)
      })
    },
    close() {
      for (const fail of [...waiting]) fail('The virtual Pilot was closed')
      listeners.clear()
    },
  }
}
