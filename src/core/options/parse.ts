import { check } from '../checking/explain.ts'
import { given } from '../checking/given.ts'
import { kindOf } from '../checking/words.ts'
import { pluginFaults } from '../plugins/faults.ts'
import { pluginOptions } from '../plugins/options.ts'
import { type Environment, withEnvironment } from './environment.ts'
import { type Fault, fault, faultsOf, refusedOptions as refused } from './faults.ts'
import { legacyFaults } from './legacy-faults.ts'
import { loginFaults } from './login-faults.ts'
import { loginFormFaults } from './login-fields.ts'
import { processFaults, type Siblings } from './processes.ts'
import { productionFaults } from './production.ts'
import { withNewName } from './renamed.ts'
import { optionsSchema, type ParsedOptions } from './schema.ts'

/**
 * Merges options, environment and defaults. Options win over the environment, the environment over defaults.
 * @param siblings what is known of other processes of this app; null: no other process
 * @throws DjiCloudError OPTIONS with every fault in one message and in `data.faults`
 */
export function parseOptions(
  options: unknown,
  env: Environment,
  siblings: Siblings | null = null,
): ParsedOptions {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw refused([fault('options', `needs an object; got ${kindOf(options)}`)], false)
  }
  if (isRequest(options))
    throw refused([fault('options', 'is a request: write app.use(djiCloud()), with the call')], false)
  const written = given(optionsSchema, options ?? {}) as Record<string, unknown>
  const merged = withEnvironment(written, env)
  const production = merged['environment'] === 'production'
  const parsed = check(optionsSchema, merged, 'an option')
  const fromEnvironment = written['users'] === undefined && merged['users'] !== undefined

  if (!parsed.ok) {
    const faults = faultsOf(parsed.problems.map(withNewName))
    // A schema fault must not hide production faults: check the fields that are right as well.
    if (production) faults.push(...laterFaults(merged, faults, fromEnvironment))
    throw refused(faults, production)
  }
  const faults = [
    ...accountFaults(parsed.value),
    ...loginFaults(parsed.value),
    ...loginFormFaults(parsed.value.users, parsed.value.loginRateLimit !== false),
    ...legacyFaults(parsed.value),
    ...(production ? productionFaults(parsed.value, fromEnvironment) : []),
    ...pluginFaults(parsed.value.plugins, pluginOptions(parsed.value)),
    ...(production ? processFaults(parsed.value, siblings ?? null) : []),
  ]
  if (faults.length > 0) throw refused(faults, production)
  return parsed.value
}

/** Checks of the account list that the schema cannot make: each account can log in, and no name or id occurs twice. */
function accountFaults({ users }: ParsedOptions): Fault[] {
  if (!Array.isArray(users)) return []
  const known = new Set<string>()
  return users.flatMap((user, index) => {
    const faults: Fault[] = []
    if (user.password === undefined && user.passwordHash === undefined) {
      const fix =
        'needs passwordHash (or, in development, password); DJI_CLOUD_DEV_USER is written name:password'
      faults.push(fault(`users.${index}`, fix))
    }
    const keys = [`name ${user.username}`, `id ${user.id ?? user.username}`]
    if (keys.some((key) => known.has(key))) {
      faults.push(fault(`users.${index}`, 'has the user name or the id of another account'))
    }
    for (const key of keys) known.add(key)
    return faults
  })
}

/**
 * Production faults of the options that the schema accepts. It removes the refused fields and checks the rest; if the
 * schema refuses that again, it removes the whole top-level options.
 */
function laterFaults(
  merged: Readonly<Record<string, unknown>>,
  faults: readonly Fault[],
  fromEnvironment: boolean,
): Fault[] {
  const named = new Set(faults.map(({ option }) => option))
  const heads = [...named].map((option) => option.split('.').slice(0, 1))
  const attempts = [[...named].map((option) => option.split('.')), heads]
  for (const paths of attempts) {
    const parsed = optionsSchema.safeParse(paths.reduce(without, merged))
    if (!parsed.success) continue
    const out = new Set(paths.map((path) => path.join('.')))
    const isOut = (option: string): boolean =>
      [...named].some((name) => name === option || name.startsWith(`${option}.`)) ||
      [...out].some((path) => option === path || option.startsWith(`${path}.`))
    return [
      ...accountFaults(parsed.data),
      ...loginFaults(parsed.data),
      ...loginFormFaults(parsed.data.users, parsed.data.loginRateLimit !== false),
      ...legacyFaults(parsed.data),
      ...productionFaults(parsed.data, fromEnvironment),
    ].filter(({ option }) => !isOut(option))
  }
  return []
}

/** With `app.use(djiCloud)`, without the call, the framework gives every request to `djiCloud` as its options. */
const isRequest = (options: object | undefined): boolean =>
  options !== undefined &&
  (('socket' in options && 'headers' in options) || ('req' in options && 'res' in options))

/** A copy without the field at this path. If the path goes through an array, the whole array is removed. */
function without(
  value: Readonly<Record<string, unknown>>,
  [head = '', ...rest]: readonly string[],
): Readonly<Record<string, unknown>> {
  const { [head]: child, ...others } = value
  const nested = rest.length > 0 && typeof child === 'object' && child !== null && !Array.isArray(child)
  return nested ? { ...others, [head]: without(child as Record<string, unknown>, rest) } : others
}
