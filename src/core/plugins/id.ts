/** The platform's own tables and indexes begin with these words. */
const RESERVED: readonly string[] = ['sessions', 'gateways', 'devices', 'workspaces', 'users', 'migrations']
const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
/** PostgreSQL cuts table names after 63 bytes. */
const LONGEST = 32

/** What is wrong with the id of a plugin; null: nothing. Migrations and the platform use the same check. */
export function idFault(id: unknown): string | null {
  if (typeof id !== 'string' || !ID.test(id) || id.length > LONGEST)
    return `needs an id of small letters, digits and hyphens, such as flight-log, ${LONGEST} characters at most`
  if (id === 'own')
    return 'has the id own, but texts that begin with "own." belong to the app; choose another'
  return RESERVED.includes(id)
    ? `has the id ${id}, but table names of dji-cloud itself begin with that word; choose another`
    : null
}
