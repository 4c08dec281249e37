import type { Session } from '../ports/sessions.ts'
import type { User } from '../ports/users.ts'
import { type ModulesOptions, planModules } from './modules.ts'
import type { Bootstrap } from './page-data.ts'

export interface BootstrapInput {
  /** Null: the host has not configured it. */
  readonly license: { readonly appId: string; readonly appKey: string; readonly appLicense: string } | null
  /** Shown in the title bar of Pilot's web view. */
  readonly platformName: string
  readonly modules: ModulesOptions
  readonly user: User
  readonly session: Pick<Session, 'id' | 'expiresAt'>
  /** ms since the epoch */
  readonly tokenExpiresAt: number
  /** Set only if this request rotated the token. */
  readonly accessToken: string | null
  /** Origin at which the controller reaches the platform, such as `https://drones.example.com`. */
  readonly origin: string
  /** '' or '/drones' */
  readonly mount: string
  /** True: origin and mount come from the option `publicUrl`. */
  readonly configured: boolean
  /** ms since the epoch */
  readonly now: number
  readonly build: string
}

export function buildBootstrap(input: BootstrapInput): Bootstrap {
  const { license, user, session, origin, mount } = input
  const base = `${origin.replace(/\/+$/, '')}${mount}`
  const apiHost = `${base}/`
  const wsHost = `${base.replace(/^http/, 'ws')}/api/v1/ws`
  return {
    license:
      license === null
        ? null
        : { app_id: license.appId, app_key: license.appKey, license: license.appLicense },
    workspace: { id: user.workspace.id, name: user.workspace.name, description: user.workspace.description },
    platform_name: input.platformName,
    user: { id: user.id, username: user.username, role: user.role },
    session: { id: session.id, expires_at: Math.floor(session.expiresAt / 1000) },
    token: { access_token: input.accessToken, expires_at: Math.floor(input.tokenExpiresAt / 1000) },
    api_host: apiHost,
    ws_host: wsHost,
    addresses_from: input.configured ? 'public_url' : 'request',
    modules: planModules(input.modules, { username: user.username, apiHost, wsHost }),
    server_time: Math.floor(input.now / 1000),
    build: input.build,
  }
}
