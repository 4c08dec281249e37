import { z } from 'zod'
import { MODULE_TABLE, type ModuleParam, type ModuleRow } from '../pages/module-table.ts'
import type { ModulesOptions } from '../pages/modules.ts'
import { url } from './pieces.ts'

/** The option `modules`, made from the module table: each optional module is off, on, or on with parameters. */
export function modulesSchema(
  table: readonly ModuleRow[] = MODULE_TABLE,
): z.ZodType<ModulesOptions, ModulesOptions> {
  const optional = table.filter(({ always }) => always !== true)
  const shape = Object.fromEntries(
    optional.map(({ name, params }) => {
      const settable = params.filter(({ option }) => option !== undefined)
      const fields = settable.map((param) => [param.option, schemaOf(param).exactOptional()])
      const on =
        settable.length === 0
          ? z.boolean()
          : z.union([z.boolean(), z.strictObject(Object.fromEntries(fields))])
      // No default: `false` means that the host wrote it, and then a plugin may not switch the module on.
      return [name, on.exactOptional()]
    }),
  )
  // The compiler cannot take the names from the table; test/core/options/modules.test.ts checks that both agree.
  return z.strictObject(shape) as unknown as z.ZodType<ModulesOptions, ModulesOptions>
}

function schemaOf({ takes = 'text' }: ModuleParam): z.ZodType {
  if (typeof takes === 'object') return z.enum(Array.isArray(takes) ? takes : Object.keys(takes))
  if (takes === 'flag') return z.boolean()
  return takes === 'ws-url' ? url(['wss', 'ws'], 'wss://mop.example.com') : z.string().min(1)
}
