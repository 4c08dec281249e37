import { recordAnswer, recordArgs, recordCallback, recordThrown } from './masking.ts'
import { TRACE_METHODS } from './methods.ts'
import type { Tape } from './tape.ts'

type Bridge = Record<string, unknown>
type Callable = (...args: unknown[]) => unknown

const HOOKS = ['onBackClick', 'onStopPlatform'] as const
const OURS = '__djiCloudRecorded'

/** A wrapper around the bridge that records all calls. Methods of the native object may not be replaceable, so it is a new object. */
export function recordedBridge(native: Bridge, tape: Tape): Bridge {
  const names = TRACE_METHODS.slice()
  for (const name in native) if (names.indexOf(name) < 0) names.push(name)
  const present = names.filter(
    (name) => typeof native[name] === 'function' && HOOKS.indexOf(name as never) < 0,
  )
  tape.methods(present)
  const bridge: Bridge = {}

  for (const method of present) {
    bridge[method] = (...args: unknown[]) => {
      watchCallbacks(method, args)
      wrapCallbacks()
      const recorded = recordArgs(method, args)
      try {
        // A method of a Java object works only when it is called on that object.
        const returned = (native[method] as Callable).apply(native, args)
        tape.add({ kind: 'call', method, args: recorded, answer: recordAnswer(method, returned) })
        return returned
      } catch (error) {
        tape.add({ kind: 'call', method, args: recorded, answer: recordThrown(error) })
        throw error
      }
    }
  }

  for (const hook of HOOKS) {
    let given: unknown = native[hook]
    Object.defineProperty(bridge, hook, {
      configurable: true,
      enumerable: true,
      get: () => given,
      set(value: unknown) {
        given =
          typeof value === 'function'
            ? () => {
                const returned: unknown = value.call(bridge)
                tape.add({ kind: 'page', what: hook, detail: String(returned) })
                return returned
              }
            : value
        native[hook] = given
      },
    })
  }

  function watchCallbacks(method: string, args: readonly unknown[]): void {
    const found: unknown[] = []
    if (method === 'platformLoadComponent') found.push(...callbacksIn(args[1]))
    if (method === 'thingConnect' || method === 'wsConnect') found.push(args[2])
    if (/SetConnectCallback$|SetStatusCallback$/.test(method)) found.push(args[0])
    for (const name of found)
      if (typeof name === 'string' && /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(name))
        tape.callback(name)
  }

  /** Looks for callbacks before every call, because the page may replace its functions at any time. */
  function wrapCallbacks(): void {
    for (const path of tape.callbacks()) {
      const parts = path.split('.')
      const last = parts[parts.length - 1] || ''
      let owner: unknown = window
      for (const part of parts.slice(0, -1)) owner = (owner as Bridge | undefined)?.[part]
      const called = (owner as Bridge | undefined)?.[last] as (Callable & { [OURS]?: true }) | undefined
      if (typeof called !== 'function' || called[OURS] === true) continue
      const wrapped: Callable & { [OURS]?: true } = function (this: unknown, ...args: unknown[]) {
        tape.add({ kind: 'callback', name: path, ...recordCallback(args[0]) })
        return called.apply(this, args)
      }
      wrapped[OURS] = true
      ;(owner as Bridge)[last] = wrapped
    }
  }

  wrapCallbacks()
  return bridge
}

function callbacksIn(text: unknown): unknown[] {
  try {
    const params = JSON.parse(String(text)) as Record<string, unknown>
    return [params['connectCallback'], params['statusCallback']]
  } catch {
    return []
  }
}
