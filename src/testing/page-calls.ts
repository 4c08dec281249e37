import { isThenable } from '../core/promises.ts'
import type { EventLog } from './event-log.ts'
import type { HeadlessPage } from './headless-page.ts'
import type { Knobs } from './knobs.ts'
import { callbackScript } from './native/callbacks.ts'
import type { Timers } from './timers.ts'
import type { PageRunner } from './types.ts'

export interface PageCalls {
  /** Calls a global function in a later turn of the event loop, never inside the bridge call that caused it. */
  callback(name: string, argument: string): void
  hook(name: 'onBackClick' | 'onStopPlatform'): Promise<unknown>
  /** Sends all calls to a real page from now on, and not to the headless one. */
  attach(run: PageRunner): () => void
}

interface Around {
  readonly knobs: Knobs
  readonly timers: Timers
  readonly log: EventLog
  readonly page: HeadlessPage
}

/**
 * Calls from Pilot to the page: callbacks by name, and the two functions that the page sets on the bridge (facts A4,
 * B5).
 */
export function createPageCalls({ knobs, timers, log, page }: Around): PageCalls {
  let runner: PageRunner | null = null

  const deliver = (name: string, argument: string): boolean => {
    if (knobs.callbackDelivery === 'never') return false
    if (runner === null) return callHeadless(name, argument)
    const script = callbackScript(name, argument)
    if (script === null) return false
    settle(runner(script, knobs.callbackDelivery))
    return true
  }

  /** If a function of the page throws, Pilot does not notice it. */
  const callHeadless = (name: string, argument: string): boolean => {
    try {
      return page.callGlobal(name, argument)
    } catch (error) {
      log.emit('fault', { where: `page ${name}`, message: String(error) })
      return true
    }
  }

  /** A page that is closing cannot run a script. That is not a fault of Pilot. */
  const settle = (result: unknown): void => {
    if (isThenable(result))
      result.then(undefined, (error: unknown) => log.emit('fault', { where: 'page', message: String(error) }))
  }

  return {
    callback(name, argument) {
      timers.set(
        () =>
          log.emit('callback', { name, argument: JSON.parse(argument), delivered: deliver(name, argument) }),
        0,
      )
    },
    async hook(name) {
      if (runner === null) return page.callHook(name)
      const script = `!!window.djiBridge && typeof window.djiBridge.${name} === 'function' && window.djiBridge.${name}()`
      return runner(script, 'evaluate')
    },
    attach(run) {
      runner = run
      return () => {
        if (runner === run) runner = null
      }
    },
  }
}
