import type { z } from 'zod'
import type { Logger } from '../ports/index.ts'
import type { Contribution } from './context.ts'
import type { PluginParts } from './define.ts'

/** The values that one plugin contributes to others. */
export interface Contributed {
  readonly id: string
  readonly contributes: NonNullable<PluginParts['contributes']>
}

/** @param reader id of the plugin that reads them */
export function readContributions<Schema extends z.ZodType>(
  all: readonly Contributed[],
  reader: string,
  schema: Schema,
  logger: Logger,
): readonly Contribution<z.output<Schema>>[] {
  return all.flatMap(({ id: plugin, contributes }) => {
    const given = Object.hasOwn(contributes, reader) ? (contributes[reader] ?? []) : []
    return given.flatMap((one) => {
      const parsed = schema.safeParse(one)
      if (parsed.success) return [{ plugin, value: parsed.data }]
      logger.error(
        { err: parsed.error, plugin, reader },
        'A value that a plugin contributes to another plugin was left out, because it does not fit the schema. Change the value; the error names the field.',
      )
      return []
    })
  })
}
