import type { BrokerHost } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { DEFAULTS, difference, gatewayOfRole, SERVICE_ROLE, serviceAcls } from './acls.ts'
import type { Control } from './control.ts'
import type { Directory } from './directory.ts'
import type { LegacyDirectory } from './legacy.ts'

/**
 * Corrects what others changed at the broker: the defaults of the plugin, our own role, and static accounts. Deletes our roles
 * that no client has. Runs at every connection and once a minute. Other clients and roles stay unchanged.
 */
export function createRepair(parts: {
  readonly directory: Directory
  readonly legacy: LegacyDirectory
  readonly control: Control
  /** The account of this server. */
  readonly own: string
  readonly logger: Logger
}): (host: BrokerHost) => Promise<void> {
  const { directory, control, own, logger } = parts
  /** Roles without a client, at the last repair. */
  const orphans = new Set<string>()
  type Roles = Awaited<ReturnType<Directory['roles']>>

  async function repairService(roles: Roles): Promise<void> {
    const service = roles.find(({ rolename }) => rolename === SERVICE_ROLE)
    const wanted = serviceAcls()
    if (service === undefined)
      await control.run(
        { command: 'createRole', rolename: SERVICE_ROLE, acls: wanted },
        'Role already exists',
      )
    else
      for (const acl of difference(service.acls ?? [], wanted).add)
        await control.run(
          { command: 'addRoleACL', rolename: SERVICE_ROLE, ...acl },
          'ACL with this topic already exists',
        )
    const { data } = await control.run({ command: 'getClient', username: own })
    const mine = (data as { client?: { roles?: { rolename: string }[] } } | undefined)?.client?.roles ?? []
    if (mine.some(({ rolename }) => rolename === SERVICE_ROLE)) return
    logger.info({ role: SERVICE_ROLE }, 'The account of this server gets its role at Mosquitto.')
    // The plugin may close our own connection because of this change. The next connection has the role.
    await control.run({ command: 'addClientRole', username: own, rolename: SERVICE_ROLE, priority: 1 })
  }

  async function deleteOrphans(roles: Roles): Promise<void> {
    const used = new Set(
      (await directory.entries()).flatMap((entry) => (entry.roles ?? []).map(({ rolename }) => rolename)),
    )
    for (const { rolename } of roles) {
      if (gatewayOfRole(rolename) === null || used.has(rolename)) orphans.delete(rolename)
      // A role is deleted only if it is found twice, a minute apart, because another node may be about to create the
      // client of the role.
      else if (orphans.delete(rolename))
        await control.run({ command: 'deleteRole', rolename }, 'Role not found')
      else orphans.add(rolename)
    }
  }

  return async (host) => {
    const roles = await directory.roles()
    await control.run({ command: 'setDefaultACLAccess', acls: DEFAULTS })
    await repairService(roles)
    await parts.legacy.put(host.legacyAccounts ?? [], host)
    await deleteOrphans(roles)
  }
}
