import { fault, refusedOptions } from '../../core/options/faults.ts'
import { idFault } from '../../core/plugins/id.ts'
import type { MigratedPlugin } from '../../core/plugins/migrations.ts'

const STEP = /^\d{3}_[a-z0-9_]+$/

/** The id in the form for table names. */
export const wordOf = (id: string): string => id.replaceAll('-', '_')

export const prefixOf = (id: string): string => `dji_cloud_${wordOf(id)}_`

/**
 * Checks that the plugins have different ids and valid names of steps.
 * @throws DjiCloudError OPTIONS with every fault
 */
export function checkPlugins(plugins: readonly MigratedPlugin[]): void {
  const seen = new Set<string>()
  const faults = plugins.flatMap(({ id, migrations = {} }) => {
    const option = `migrateSql.plugins.${id}`
    const found = []
    const wrong = idFault(id)
    if (wrong !== null) found.push(fault(option, wrong))
    if (seen.has(id)) found.push(fault(option, 'is in the list twice'))
    seen.add(id)
    for (const name of Object.keys(migrations))
      if (!STEP.test(name))
        found.push(fault(`${option}.migrations.${name}`, 'needs a name such as 001_flights'))
    return found
  })
  if (faults.length > 0) throw refusedOptions(faults)
}

/** Tables by name, each with a text of its columns and indexes. If the text changed, the table changed. */
export type Catalogue = ReadonlyMap<string, string>

/**
 * Tables that a step created, changed or dropped and that do not belong to its plugin. If two ids fit a table name, the table
 * belongs to the longer id: `dji_cloud_map_tiles_x` to `map-tiles`, not to `map`.
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

/** The table that lists the finished steps of a plugin. Each plugin has its own, so that plugins can be added and removed in any order. */
export const stepsTableOf = (id: string): string => `${prefixOf(id)}migrations`
