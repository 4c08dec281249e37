import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { API_PATH } from '../../../core/pages/urls.ts'
import type { AnyPlugin, PluginParts } from '../../../core/plugins/define.ts'
import type { Logger, Role } from '../../../core/ports/index.ts'

/** What `seed` gets: one platform with two workspaces. */
export interface PluginSeedStage {
  readonly workspaces: readonly [string, string]
  /** Sends a request as the pilot of a workspace. @param body JSON text */
  ask(
    workspace: 0 | 1,
    method: string,
    path: string,
    body?: string,
  ): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }>
}

/** What `seed` has stored. Each pair is for the first and the second workspace. */
export interface PluginSeed {
  /** A text that is only in the data of this workspace. */
  readonly marks: readonly [string, string]
  /** Values of path parameters, such as `{ id: [idOfTheFirst, idOfTheSecond] }`. */
  readonly params?: Readonly<Record<string, readonly [string, string]>> | undefined
}

/** One plugin for one case of the suite. */
export interface PluginUnderTest {
  /** The plugin that is tested. */
  readonly plugin: AnyPlugin
  /** Other plugins that it depends on. */
  readonly others?: readonly AnyPlugin[] | undefined
  /**
   * Stores data in both workspaces, through the routes, tables or API of the plugin. Without it the contract can only ask for
   * data that does not exist.
   */
  seed?(stage: PluginSeedStage): PluginSeed | Promise<PluginSeed>
  /** Called after the platform has closed, to close databases or delete folders. */
  close?(): unknown
}

/** The part of `djiCloud()` that the contract needs. */
export interface StartedPlatform {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  ready(): Promise<void>
  close(): Promise<void>
}
// biome-ignore lint/suspicious/noExplicitAny: this folder must not import the options of the platform
export type StartPlatform = (options?: any) => StartedPlatform

export interface Answered {
  readonly status: number
  readonly text: string
  /** {} when the answer is not JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

/** A running platform with the plugin, and one pilot in each of two workspaces. */
export interface PluginStage {
  readonly plugin: AnyPlugin
  readonly parts: PluginParts
  readonly workspaces: readonly [string, string]
  /** What `seed` has stored. Null: the plugin has no `seed`. */
  readonly seed: PluginSeed | null
  /** Opens a page in a browser and returns its faults. Null: there is no browser. */
  readonly openPage: ((path: string) => Promise<readonly string[]>) | null
  /** `http://127.0.0.1:1234`: where the pages of the platform are. */
  readonly origin: string
  /** The errors that were logged. */
  readonly errors: readonly string[]
  /** Starts another platform with these plugins and those that they depend on. @returns its error, or null when it starts */
  tryStart(plugins: readonly AnyPlugin[], alone?: 'alone'): Promise<string | null>
  ask(
    method: string,
    path: string,
    options?: {
      readonly as?: 0 | 1
      readonly role?: Role
      readonly body?: string | Uint8Array
      /** Headers in addition to the token. They replace the usual `content-type`. */
      readonly headers?: Readonly<Record<string, string>>
    },
  ): Promise<Answered>
  close(): Promise<void>
}

const WORKSPACES = ['0c0c0c0c-0000-4000-8000-00000000000a', '0c0c0c0c-0000-4000-8000-00000000000b'] as const
const ROLES: readonly Role[] = ['pilot', 'web']
const PASSWORD = 'only-for-a-contract'
/** A name that must never get into a page unescaped. */
const HOSTILE = '"><script>hostile()</script>'

export async function openPluginStage(
  start: StartPlatform,
  { plugin, others = [], seed }: PluginUnderTest,
  openPage?: (url: string) => Promise<readonly string[]>,
): Promise<PluginStage> {
  const errors: string[] = []
  const silent = (): void => undefined
  const logger: Logger = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (_, message = '') => void errors.push(message),
  }
  const common = { mqtt: { host: '127.0.0.1', port: 0 }, logger, simulator: false }
  let parts: PluginParts = {}
  const watched: AnyPlugin = {
    ...plugin,
    setup(context) {
      parts = plugin.setup(context) ?? {}
      return parts
    },
  }
  const platform = start({
    ...common,
    platformName: HOSTILE,
    users: WORKSPACES.flatMap((id, index) =>
      ROLES.map((role) => ({
        username: `contract-${role}-${index}`,
        ...{ password: PASSWORD, role },
        workspace: { id, name: HOSTILE, description: HOSTILE },
      })),
    ),
    plugins: [...others, watched],
  })
  await platform.ready()
  const server = createServer((request, response) =>
    platform(request, response, (error) => {
      response
        .writeHead(error === undefined ? 404 : 500)
        .end(error === undefined ? 'not ours' : String(error))
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function call(
    method: string,
    path: string,
    token: string | null,
    body?: string | Uint8Array,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const headers: Record<string, string> = {}
    if (token !== null) headers['x-auth-token'] = token
    if (body !== undefined) headers['content-type'] = 'application/json'
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: { ...headers, ...more },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: body as string }),
    })
    const text = await answer.text()
    return { status: answer.status, text, json: jsonOf(text) }
  }
  const tokens = new Map<string, Promise<string>>()
  /** Logs in when the token is first needed, because checking a password is slow on purpose. */
  function tokenOf(index: 0 | 1, role: Role): Promise<string> {
    const username = `contract-${role}-${index}`
    let token = tokens.get(username)
    if (token === undefined) {
      const login = JSON.stringify({ username, password: PASSWORD, flag: role === 'web' ? 1 : 2 })
      token = call('POST', `${API_PATH}/login`, null, login).then(({ json }) =>
        String((json['data'] as Record<string, unknown>)['access_token']),
      )
      tokens.set(username, token)
    }
    return token
  }
  const seeded =
    (await seed?.({
      workspaces: WORKSPACES,
      ask: async (index, method, path, body) => call(method, path, await tokenOf(index, 'pilot'), body),
    })) ?? null

  return {
    plugin,
    get parts() {
      return parts
    },
    workspaces: WORKSPACES,
    seed: seeded,
    openPage: openPage === undefined ? null : (path) => openPage(`${origin}${path}`),
    origin,
    errors,
    async tryStart(plugins, alone) {
      try {
        const second = start({ ...common, plugins: [...(alone === undefined ? others : []), ...plugins] })
        await second.close()
        return null
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
    ask: async (method, path, { as, role = 'pilot', body, headers } = {}) =>
      call(method, path, as === undefined ? null : await tokenOf(as, role), body, headers),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await platform.close()
    },
  }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
