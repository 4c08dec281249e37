import { isThenable } from '../thenable.ts'
import type { Part } from './part.ts'

type Watched = Pick<Part, 'succeeded' | 'failed'> & {
  /** What a call that went well was asked and what it answered. */
  readonly answered?: (args: readonly unknown[], answer: unknown) => void
}

/**
 * The same store, with the outcome of each call noted. Whatever methods it has, and an instance of a class as well: each
 * method is called on the store itself.
 */
export function observed<T extends object>(store: T, part: Watched): T {
  const wrapped = new Map<PropertyKey, unknown>()
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      // Closing says nothing about whether it answers.
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
      // A query of a library may run each time that it is waited for: so that it is asked once, here.
      const promise = Promise.resolve(answer)
      promise.then((value: unknown) => {
        part.succeeded()
        part.answered?.(args, value)
      }, part.failed)
      return promise
    }
    // A store of counters gives out counters.
    if (typeof answer === 'object' && answer !== null) return observed(answer, part)
    return answer
  }
