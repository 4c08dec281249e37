import type { BrokerHost } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { DEFAULTS, difference, gatewayOfRole, SERVICE_ROLE, serviceAcls } from './acls.ts'
import type { Control } from './control.ts'
import type { Directory } from './directory.ts'
import { expiryOf, isLegacy } from './entry.ts'
import type { LegacyDirectory } from './legacy.ts'

/**
 * Puts right what changed while nobody looked: the plugin's defaults, our own role, clients whose session has ended or
 * whose time is up, static accounts that the option names or no longer names, roles that nobody has any more. Runs at every connection and once a minute. What is not ours stays.
 */
export async function repairDrift(parts: {
  readonly directory: Directory
  readonly legacy: LegacyDirectory
  readonly control: Control
  readonly host: BrokerHost
  /** The account of this server. */
  readonly own: string
  readonly logger: Logger
  /** Roles without a client, at the last repair. */
  readonly orphans: Set<string>
}): Promise<void> {
  const { directory, control, own, logger } = parts
  const roles = await directory.roles()
  await control.run({ command: 'setDefaultACLAccess', acls: DEFAULTS })

  const service = roles.find(({ rolename }) => rolename === SERVICE_ROLE)
  const wanted = serviceAcls()
  if (service === undefined) {
    await control.run({ command: 'createRole', rolename: SERVICE_ROLE, acls: wanted }, 'Role already exists')
  } else {
    for (const acl of difference(service.acls ?? [], wanted).add)
      await control.run(
        { command: 'addRoleACL', rolename: SERVICE_ROLE, ...acl },
        'ACL with this topic already exists',
      )
  }
  const { data } = await control.run({ command: 'getClient', username: own })
  const mine = (data as { client?: { roles?: { rolename: string }[] } } | undefined)?.client?.roles ?? []
  if (!mine.some(({ rolename }) => rolename === SERVICE_ROLE)) {
    logger.info({ role: SERVICE_ROLE }, 'giving ourselves our role at Mosquitto')
    // The plugin may close our own connection for that: the next one finds the role in place.
    await control.run({ command: 'addClientRole', username: own, rolename: SERVICE_ROLE, priority: 1 })
  }
  await parts.legacy.put(parts.host.legacyAccounts ?? [], parts.host)
  await forgetEnded(parts, roles)
}

async function forgetEnded(
  { directory, control, host, logger, orphans }: Parameters<typeof repairDrift>[0],
  roles: readonly { readonly rolename: string }[],
): Promise<void> {
  const now = Date.now()
  const ended: string[] = []
  const used = new Set<string>()
  for (const entry of await directory.entries()) {
    // Static accounts have no end: they go when the option no longer names them.
    const expired = !isLegacy(entry) && (expiryOf(entry) ?? 0) <= now
    // A store that cannot be reached ends nobody's session.
    const gone =
      expired ||
      (await host.isKnown(entry.username).then(
        (isKnown) => !isKnown,
        () => false,
      ))
    if (gone) ended.push(entry.username)
    else for (const { rolename } of entry.roles ?? []) used.add(rolename)
  }
  if (ended.length > 0) logger.info({ count: ended.length }, 'removing ended credentials from Mosquitto')
  await directory.remove(ended)
  for (const { rolename } of roles) {
    if (gatewayOfRole(rolename) === null || used.has(rolename)) orphans.delete(rolename)
    // Seen twice, a minute apart: some node may be about to make the client that the role is for.
    else if (orphans.delete(rolename))
      await control.run({ command: 'deleteRole', rolename }, 'Role not found')
    else orphans.add(rolename)
  }
}
