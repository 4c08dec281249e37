import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { API_PATH } from '../../../core/pages/urls.ts'
import type { AnyPlugin, PluginParts } from '../../../core/plugins/define.ts'
import type { Logger } from '../../../core/ports/index.ts'

/** The part of `djiCloud()` that the contract needs. */
export interface StartedPlatform {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  ready(): Promise<void>
  close(): Promise<void>
}
// biome-ignore lint/suspicious/noExplicitAny: the options of the platform, which are above this room
export type StartPlatform = (options?: any) => StartedPlatform

export interface Answered {
  readonly status: number
  readonly text: string
  /** {} where the answer is no JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

/** A running platform with the plugin, and one pilot in each of two workspaces. */
export interface PluginStage {
  readonly plugin: AnyPlugin
  readonly parts: PluginParts
  readonly workspaces: readonly [string, string]
  /** What was logged as an error. */
  readonly errors: readonly string[]
  /** Another platform with these plugins. @returns its fault, null where it starts */
  tryStart(plugins: readonly AnyPlugin[]): Promise<string | null>
  ask(
    method: string,
    path: string,
    options?: { readonly as?: 0 | 1; readonly body?: string },
  ): Promise<Answered>
  close(): Promise<void>
}

const WORKSPACES = ['0c0c0c0c-0000-4000-8000-00000000000a', '0c0c0c0c-0000-4000-8000-00000000000b'] as const
const PASSWORD = 'only-for-a-contract'
/** What must never become part of a page. */
export const HOSTILE = '"><script>hostile()</script>'

export async function openPluginStage(
  start: StartPlatform,
  plugin: AnyPlugin,
  others: readonly AnyPlugin[] = [],
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
    users: WORKSPACES.map((id, index) => ({
      username: `contract-${index}`,
      password: PASSWORD,
      workspace: { id, name: HOSTILE, description: HOSTILE },
    })),
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

  async function call(method: string, path: string, token: string | null, body?: string): Promise<Answered> {
    const headers: Record<string, string> = {}
    if (token !== null) headers['x-auth-token'] = token
    if (body !== undefined) headers['content-type'] = 'application/json'
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    return { status: answer.status, text, json: jsonOf(text) }
  }
  const tokens = await Promise.all(
    WORKSPACES.map(async (_, index) => {
      const login = JSON.stringify({ username: `contract-${index}`, password: PASSWORD })
      const { json } = await call('POST', `${API_PATH}/login`, null, login)
      return String((json['data'] as Record<string, unknown>)['access_token'])
    }),
  )

  return {
    plugin,
    get parts() {
      return parts
    },
    workspaces: WORKSPACES,
    errors,
    async tryStart(plugins) {
      try {
        const second = start({ ...common, plugins: [...others, ...plugins] })
        await second.close()
        return null
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
    ask: (method, path, { as, body } = {}) =>
      call(method, path, as === undefined ? null : (tokens[as] ?? null), body),
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
