import { createHash } from 'node:crypto'
import type { AccessList, BrokerLogin } from '../../../core/ports/broker.ts'
import type { AccountRequest } from '../external/parts.ts'
import { type Acl, difference, gatewayAcls, MARK, roleOf } from './acls.ts'
import type { Command, Control } from './control.ts'

export interface Directory {
  /** Creates the client, or leaves it unchanged when it is right already, because a change would close its connection. */
  put(request: AccountRequest): Promise<BrokerLogin>
  setAccess(gateway: string, access: AccessList): Promise<void>
  remove(usernames: readonly string[]): Promise<void>
  bounce(usernames: readonly string[]): Promise<void>
  /** The clients that this package created. */
  entries(): Promise<Entry[]>
  /** Rejects when a command fails with an error that is not one of `expected`. */
  sendAll(commands: readonly Command[], expected?: readonly string[]): Promise<void>
  roles(): Promise<{ readonly rolename: string; readonly acls?: readonly Acl[] }[]>
}

/** Shows whether the password is still the same. The password cannot be computed from it. */
const fingerprint = (password: string): string =>
  createHash('sha256').update(`dji-cloud/mosquitto/${password}`).digest('base64url').slice(0, 22)

const describe = (password: string, expiresAt: number): string => `${fingerprint(password)} ${expiresAt}`

export function createDirectory(parts: {
  readonly control: Control
  readonly bindClientId: boolean
}): Directory {
  const { control, bindClientId } = parts

  async function setAccess(gateway: string, access: AccessList): Promise<void> {
    const rolename = roleOf(gateway)
    const wanted = gatewayAcls(access)
    const { data, error } = await control.run({ command: 'getRole', rolename }, 'Role not found')
    if (error !== undefined) {
      await control.run({ command: 'createRole', rolename, acls: wanted }, 'Role already exists')
      return
    }
    const present = (data as { role?: { acls?: readonly Acl[] } } | undefined)?.role?.acls ?? []
    const { add, remove } = difference(present, wanted)
    // This changes live connections without closing them (facts brokers). Rights are removed before others are added.
    await sendAll([
      ...remove.map(({ acltype, topic }) => ({ command: 'removeRoleACL', rolename, acltype, topic })),
      ...add.map((acl) => ({ command: 'addRoleACL', rolename, ...acl })),
    ])
  }

  async function sendAll(commands: readonly Command[], expected: readonly string[] = []): Promise<void> {
    const answers = await control.send(commands)
    const failed = answers.find(({ error }) => error !== undefined && !expected.includes(error))
    if (failed !== undefined) throw new Error(`${failed.command}: ${failed.error}`)
  }

  async function entries(): Promise<Entry[]> {
    const { data } = await control.run({ command: 'listClients', verbose: true, count: -1 })
    const clients = (data as { clients?: Entry[] } | undefined)?.clients ?? []
    return clients.filter(({ textname }) => textname === MARK)
  }

  return {
    setAccess,
    entries,
    sendAll,
    async put(request) {
      const { credentialId: username, gateway, expiresAt } = request
      await setAccess(gateway, request.access)
      const password = request.password()
      const textdescription = describe(password, expiresAt)
      const roles = [{ rolename: roleOf(gateway), priority: 1 }]
      const found = await control.run({ command: 'getClient', username }, 'Client not found')
      const entry = (found.data as { client?: Entry } | undefined)?.client
      if (entry === undefined) {
        const clientid = bindClientId ? { clientid: gateway } : {}
        await control.run(
          {
            command: 'createClient',
            username,
            password,
            textname: MARK,
            textdescription,
            roles,
            ...clientid,
          },
          'Client already exists',
        )
      } else if (entry.textdescription !== textdescription || entry.disabled === true) {
        await sendAll([
          { command: 'setClientPassword', username, password },
          { command: 'modifyClient', username, textdescription, roles },
          { command: 'enableClient', username },
        ])
      }
      return { username, password }
    },
    remove: (usernames) =>
      sendAll(
        usernames.map((username) => ({ command: 'deleteClient', username })),
        ['Client not found'],
      ),
    // Closes the connections without publishing their wills. The clients may connect again.
    bounce: (usernames) =>
      sendAll(
        usernames.flatMap((username) => [
          { command: 'disableClient', username },
          { command: 'enableClient', username },
        ]),
        ['Client not found'],
      ),
    async roles() {
      const { data } = await control.run({ command: 'listRoles', verbose: true, count: -1 })
      return (data as { roles?: { rolename: string; acls?: Acl[] }[] } | undefined)?.roles ?? []
    },
  }
}

/** A client that this package created, as the plugin lists it. */
export interface Entry {
  readonly username: string
  readonly textname?: string
  readonly textdescription?: string
  readonly disabled?: boolean
  readonly roles?: readonly { readonly rolename: string }[]
}

/** Written to `textdescription` instead of an expiry. */
export const LEGACY = 'legacy'

/** A static account that this package created. It has no expiry. */
export const isLegacy = ({ textdescription = '' }: Entry): boolean => textdescription.split(' ')[1] === LEGACY

/** Milliseconds since the epoch. Null: this package did not write it. */
export function expiryOf({ textdescription = '' }: Entry): number | null {
  const value = Number(textdescription.split(' ')[1])
  return Number.isFinite(value) && value > 0 ? value : null
}
