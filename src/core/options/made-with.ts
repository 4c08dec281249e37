import type { z } from 'zod'
import { check } from '../checking/explain.ts'
import { fault, refusedOptions } from './faults.ts'

/**
 * Checks the options of a broker or a tool as soon as it is created. Otherwise a mistake shows only when the first
 * controller connects.
 * @param name of the function that was called, for the message: `emqx.api.url: needs ...`
 * @returns the options without those that are `undefined`
 * @throws DjiCloudError OPTIONS with every fault, never with a value: it may be a password
 */
export function madeWith<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const checked = check(schema, options, 'an option')
  if (checked.ok) return checked.value
  throw refusedOptions(
    checked.problems.map(({ path, text }) => fault(path === '' ? name : `${name}.${path}`, text)),
  )
}
