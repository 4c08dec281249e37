import { isThenable } from '../../../core/thenable.ts'

/**
 * Calls `done` exactly once: with what `decide` says, or with null when it throws, rejects or takes too long. aedes
 * knows callbacks only; a rejection would end the process, and a callback never called leaves the socket open for ever
 * (facts brokers, "aedes traps").
 */
export function settle<Value>(
  decide: () => Value | Promise<Value>,
  timeoutMs: number,
  done: (value: Value | null) => void,
): void {
  let value: Value | Promise<Value>
  try {
    value = decide()
  } catch {
    done(null)
    return
  }
  // Most decisions are at hand: no promise and no timer for those.
  if (!isThenable(value)) {
    done(value)
    return
  }
  let open = true
  const finish = (result: Value | null): void => {
    if (!open) return
    open = false
    clearTimeout(timer)
    done(result)
  }
  const timer = setTimeout(finish, timeoutMs, null)
  Promise.resolve(value).then(finish, () => finish(null))
}
