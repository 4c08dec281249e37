import { isThenable } from '../thenable.ts'
import type { Part } from './part.ts'

type Watched = Pick<Part, 'succeeded' | 'failed'> & {
  /** Called with arguments and result of each call that succeeded. */
  readonly answered?: (args: readonly unknown[], answer: unknown) => void
}

/**
 * Wraps a store and notes the outcome of each call. Works for any methods and for instances of classes, because each
 * method is called on the store itself.
 */
export function observed<T extends object>(store: T, part: Watched): T {
  const wrapped = new Map<PropertyKey, unknown>()
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      // The result of `close` does not show whether the store answers.
      if (name === 'close') return value.bind(target)
      let watching = wrapped.get(name)
      if (watching === undefined) {
        watching = watch(value.bind(target), part)
        wrapped.set(name, watching)
      }
      return watching
    },
  })
}

const watch =
  (method: (...args: unknown[]) => unknown, part: Watched) =>
  (...args: unknown[]): unknown => {
    let answer: unknown
    try {
      answer = method(...args)
    } catch (error) {
      part.failed(error)
      throw error
    }
    if (isThenable(answer)) {
      // A query of a library may run again each time it is awaited, so await it only once, here.
      const promise = Promise.resolve(answer)
      promise.then((value: unknown) => {
        part.succeeded()
        part.answered?.(args, value)
      }, part.failed)
      return promise
    }
    // A store of counters returns counters, so wrap them too.
    if (typeof answer === 'object' && answer !== null) return observed(answer, part)
    return answer
  }
