import { DjiCloudError } from '../errors.ts'
import { type Environment, withEnvironment } from './environment.ts'
import { describeFaults, type Fault, fault, faultsOf } from './faults.ts'
import { productionFaults } from './production.ts'
import { optionsSchema, type ParsedOptions } from './schema.ts'

/**
 * Options over environment over defaults.
 * @throws DjiCloudError OPTIONS with every fault in one message and in `data.faults`
 */
export function parseOptions(options: unknown, env: Environment): ParsedOptions {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw refused([fault('options', 'needs an object')], false)
  }
  const merged = withEnvironment((options ?? {}) as Record<string, unknown>, env)
  const production = merged['environment'] === 'production'
  const parsed = optionsSchema.safeParse(merged, { reportInput: true })
  const fromEnvironment =
    (options as { users?: unknown } | undefined)?.users === undefined && merged['users'] !== undefined

  if (!parsed.success) {
    const faults = faultsOf(parsed.error, optionsSchema)
    // A schema fault must not hide the production faults behind it: check what can be checked.
    if (production) faults.push(...laterFaults(merged, faults, fromEnvironment))
    throw refused(faults, production)
  }
  const faults = [
    ...accountFaults(parsed.data),
    ...(production ? productionFaults(parsed.data, fromEnvironment) : []),
  ]
  if (faults.length > 0) throw refused(faults, production)
  return parsed.data
}

function accountFaults(options: ParsedOptions): Fault[] {
  if (!Array.isArray(options.users)) return []
  return options.users.flatMap((user, index) =>
    user.password === undefined && user.passwordHash === undefined
      ? [
          fault(
            `users.${index}`,
            'needs passwordHash (or, in development, password); DJI_CLOUD_DEV_USER is written name:password',
          ),
        ]
      : [],
  )
}

/** Production faults of what the schema took, found by leaving out exactly the fields that it refused. */
function laterFaults(
  merged: Readonly<Record<string, unknown>>,
  faults: readonly Fault[],
  fromEnvironment: boolean,
): Fault[] {
  const sound = faults.reduce((rest, { option }) => without(rest, option.split('.')), merged)
  const parsed = optionsSchema.safeParse(sound)
  if (!parsed.success) return []
  const named = new Set(faults.map(({ option }) => option))
  const standsIn = (option: string): boolean =>
    [...named].some((name) => name === option || name.startsWith(`${option}.`))
  return productionFaults(parsed.data, fromEnvironment).filter(({ option }) => !standsIn(option))
}

/** A copy without the field at this path; an array loses nothing, it is left out whole. */
function without(
  value: Readonly<Record<string, unknown>>,
  [head = '', ...rest]: readonly string[],
): Readonly<Record<string, unknown>> {
  const { [head]: child, ...others } = value
  const nested = rest.length > 0 && typeof child === 'object' && child !== null && !Array.isArray(child)
  return nested ? { ...others, [head]: without(child as Record<string, unknown>, rest) } : others
}

const refused = (faults: readonly Fault[], production: boolean): DjiCloudError =>
  new DjiCloudError('OPTIONS', { message: describeFaults(faults, production), data: { faults } })
