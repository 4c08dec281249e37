import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { AccessList, BrokerHost, LegacyLogin } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { gatewayAcls, MARK, roleOf } from './acls.ts'
import type { Control } from './control.ts'
import type { Directory } from './directory.ts'
import { type Entry, LEGACY } from './directory.ts'

const derive = promisify<string, string, number, Buffer>(scrypt)
export interface LegacyDirectory {
  /** Creates the static accounts or corrects them. Each has the roles of its gateways. */
  put(accounts: readonly LegacyLogin[], host: Pick<BrokerHost, 'aircraftOf'>): Promise<void>
}

export function createLegacyDirectory(parts: {
  readonly control: Control
  readonly sendAll: Directory['sendAll']
  readonly access: (gateway: string, aircraft: Iterable<string>) => AccessList
  readonly logger: Logger
}): LegacyDirectory {
  const { control, sendAll, access, logger } = parts
  const marks = new Map<string, string>()
  const reported = new Set<string>()

  /** Shows whether the password is still the same. It is slow to compute, because passwords chosen by people can be guessed. */
  async function markOf(username: string, password: string): Promise<string> {
    const known = marks.get(username)
    if (known !== undefined) return known
    const mark = (await derive(password, `dji-cloud/mosquitto/${username}`, 16)).toString('base64url')
    marks.set(username, mark)
    return mark
  }

  /** An existing role stays unchanged, because another node may know more aircraft than this one. */
  async function ensureRoles(gateways: readonly string[], host: Pick<BrokerHost, 'aircraftOf'>) {
    for (const gateway of gateways) {
      const acls = gatewayAcls(access(gateway, host.aircraftOf(gateway)))
      await control.run({ command: 'createRole', rolename: roleOf(gateway), acls }, 'Role already exists')
    }
  }

  function leaveAlone(username: string): void {
    if (reported.has(username)) return
    reported.add(username)
    logger.warn(
      { username },
      'Mosquitto already has a client with the user name of this static account, which this package did not create. Delete that client. The platform then creates it again, with rights for its controllers only.',
    )
  }

  async function putOne({ username, password: secret, gateways }: LegacyLogin): Promise<void> {
    const password = secret()
    const roles = gateways.map((gateway) => ({ rolename: roleOf(gateway), priority: 1 }))
    const textdescription = `${await markOf(username, password)} ${LEGACY}`
    const found = await control.run({ command: 'getClient', username }, 'Client not found')
    const entry = (found.data as { client?: Entry } | undefined)?.client
    if (entry === undefined) {
      const made = { username, password, textname: MARK, textdescription, roles }
      await control.run({ command: 'createClient', ...made }, 'Client already exists')
      return
    }
    if (entry.textname !== MARK) return leaveAlone(username)
    const present = entry.roles ?? []
    const same =
      entry.textdescription === textdescription && entry.disabled !== true && sameRoles(present, roles)
    // A change would close the connections of all its controllers.
    if (same) return
    await sendAll([
      { command: 'setClientPassword', username, password },
      { command: 'modifyClient', username, textdescription, roles },
      { command: 'enableClient', username },
    ])
  }

  return {
    async put(accounts, host) {
      for (const account of accounts) {
        await ensureRoles(account.gateways, host)
        await putOne(account)
      }
    },
  }
}

type Roles = readonly { readonly rolename: string }[]

const namesOf = (roles: Roles): string =>
  roles
    .map(({ rolename }) => rolename)
    .sort()
    .join()

const sameRoles = (one: Roles, other: Roles): boolean => namesOf(one) === namesOf(other)
