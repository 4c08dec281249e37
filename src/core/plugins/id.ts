/** Begin the names of tables and indexes of ours. */
const RESERVED: readonly string[] = ['sessions', 'gateways', 'devices', 'workspaces', 'users', 'migrations']
const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
/** PostgreSQL cuts the names of tables after 63 bytes. */
const LONGEST = 32

/** What is wrong with the id of a plugin; null: nothing. The same for its tables and for everything else. */
export function idFault(id: unknown): string | null {
  if (typeof id !== 'string' || !ID.test(id) || id.length > LONGEST)
    return `needs an id of small letters, digits and hyphens, such as flight-log, ${LONGEST} characters at most`
  return RESERVED.includes(id)
    ? `has the id ${id}, with which names of tables of dji-cloud itself begin; choose another`
    : null
}
