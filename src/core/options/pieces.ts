import { z } from 'zod'
import { kindOf } from '../checking/words.ts'
import type { Logger } from '../ports/logger.ts'

/** Instances are recognised by their methods, never by `instanceof`: an app may load this package twice. */
export const adapter = <T>(what: string, methods: readonly (keyof T & string)[]) => {
  const lacking = (value: object) =>
    methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function')
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
  return z.custom<T>((value) => isObject(value) && lacking(value).length === 0, {
    error: ({ input }) => {
      const needs = `needs ${what} (an object with ${methods.join(', ')})`
      if (input === undefined) return needs
      if (!isObject(input) || Array.isArray(input)) return `${needs}; got ${kindOf(input)}`
      const without = lacking(input)
      return without.length === methods.length ? needs : `${needs}; got one without ${without.join(', ')}`
    },
  })
}

export const logger = adapter<Logger>('a logger', ['debug', 'info', 'warn', 'error'])

/** Pilot needs the form of a UUID. Whether Pilot checks the version digit is not known (facts B2). */
const UUID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const workspaceId = z
  .string()
  .regex(
    UUID_FORM,
    'needs a UUID (8-4-4-4-12 hex digits): Pilot refuses other workspace ids with code 615000',
  )

export const url = (protocols: readonly string[], example: string, more = '') =>
  z.string().refine((value) => protocols.includes(safeUrl(value)?.protocol.slice(0, -1) ?? ''), {
    message: `needs an absolute address with ${protocols.map((name) => `${name}://`).join(' or ')}, such as ${example}${more}`,
  })

/** Whole seconds or milliseconds. */
export const duration = (max: number) => z.number().int().min(1).max(max)

export function safeUrl(value: string): URL | null {
  try {
    return new URL(value)
  } catch {
    return null
  }
}
