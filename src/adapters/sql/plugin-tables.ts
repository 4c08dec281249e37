import { fault, refusedOptions } from '../../core/options/faults.ts'
import { idFault } from '../../core/plugins/id.ts'
import type { MigratedPlugin } from '../../core/plugins/migrations.ts'

const STEP = /^\d{3}_[a-z0-9_]+$/

/** As it stands in the names of tables. */
export const wordOf = (id: string): string => id.replaceAll('-', '_')

export const prefixOf = (id: string): string => `dji_cloud_${wordOf(id)}_`

/**
 * Whether ids and steps can be told apart in one database.
 * @throws DjiCloudError OPTIONS with every fault
 */
export function checkPlugins(plugins: readonly MigratedPlugin[]): void {
  const seen = new Set<string>()
  const faults = plugins.flatMap(({ id, migrations = {} }) => {
    const option = `migrateSql.plugins.${id}`
    const found = []
    const wrong = idFault(id)
    if (wrong !== null) found.push(fault(option, wrong))
    if (seen.has(id)) found.push(fault(option, 'is there twice'))
    seen.add(id)
    for (const name of Object.keys(migrations))
      if (!STEP.test(name))
        found.push(fault(`${option}.migrations.${name}`, 'needs a name such as 001_flights'))
    return found
  })
  if (faults.length > 0) throw refusedOptions(faults)
}

/** Tables with what they consist of, as text that differs when they do. */
export type Catalogue = ReadonlyMap<string, string>

/**
 * Tables that a step created, changed or dropped and that are not its plugin's. Where one id begins like another, a table
 * belongs to the longer one: `dji_cloud_map_tiles_x` to `map-tiles` and not to `map`.
 * @param others ids of all plugins in this database
 */
export function strayed(
  before: Catalogue,
  after: Catalogue,
  id: string,
  others: readonly string[],
): string[] {
  const own = prefixOf(id)
  const longer = others.map(prefixOf).filter((prefix) => prefix.length > own.length)
  const isOwn = (name: string) =>
    name.startsWith(own) && name !== stepsTableOf(id) && !longer.some((prefix) => name.startsWith(prefix))
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name) && !isOwn(name))
    .sort()
}

/** Which steps of a plugin are done. Each has a table of its own, so that plugins come and go in any order. */
export const stepsTableOf = (id: string): string => `${prefixOf(id)}migrations`
