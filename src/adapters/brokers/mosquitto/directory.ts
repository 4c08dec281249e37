import { createHash } from 'node:crypto'
import type { AccessList, BrokerLogin } from '../../../core/ports/broker.ts'
import type { AccountRequest } from '../external/parts.ts'
import { type Acl, difference, gatewayAcls, MARK, roleOf } from './acls.ts'
import type { Command, Control } from './control.ts'
import type { Entry } from './entry.ts'

export interface Directory {
  /** Creates the client, or leaves it alone when it is as it should be: changing it would close its connection. */
  put(request: AccountRequest): Promise<BrokerLogin>
  setAccess(gateway: string, access: AccessList): Promise<void>
  remove(usernames: readonly string[]): Promise<void>
  bounce(usernames: readonly string[]): Promise<void>
  /** The clients that this package created. */
  entries(): Promise<Entry[]>
  /** Rejects when one of them fails with anything but what is expected. */
  sendAll(commands: readonly Command[], expected?: readonly string[]): Promise<void>
  roles(): Promise<{ readonly rolename: string; readonly acls?: readonly Acl[] }[]>
}

/** Enough to see that the password is still the same one; not enough to make it. */
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
    // Live, and without closing anything (facts brokers). Taking away comes first.
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
    // Closes what is connected, without a will; the next CONNECT is welcome.
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
