import { SERVER_CODES } from '../../src/bridge/codes.ts'
import type { FlowRequest, FlowResponse } from '../../src/bridge/types.ts'
import { buildBootstrap } from '../../src/core/pages/bootstrap.ts'
import type { ModulesOptions } from '../../src/core/pages/modules.ts'
import type { Bootstrap } from '../../src/core/pages/page-data.ts'

export const LICENSE = { appId: '000000', appKey: 'fake-key', appLicense: 'fake-licence' }

export function sampleBootstrap(modules: ModulesOptions = {}, change: Partial<Bootstrap> = {}): Bootstrap {
  const built = buildBootstrap({
    configured: true,
    license: LICENSE,
    platformName: 'Test platform',
    modules,
    user: {
      id: 'user-1',
      username: 'pilot',
      role: 'pilot',
      workspace: { id: '11111111-2222-4333-8444-555555555555', name: 'Meadow', description: 'For tests' },
    },
    session: { id: 'session-1', expiresAt: Date.now() + 30 * 86_400_000 },
    tokenExpiresAt: Date.now() + 43_200_000,
    accessToken: null,
    origin: 'http://127.0.0.1:9',
    mount: '/drones',
    now: Date.now(),
    build: 'test',
  })
  return { ...built, ...change }
}

export const ok = (data: unknown): FlowResponse => ({ status: 200, code: 0, message: 'success', data })
export const refused = (status: number, code: number): FlowResponse => ({
  status,
  code,
  message: 'no',
  data: null,
})
export const noServer: FlowResponse = { status: 0, code: 0, message: 'network', data: null }

/** Knows tokens by their state; every answer can be replaced while a test runs. */
export function createScriptedServer(bootstrap = sampleBootstrap()) {
  const tokens: Record<string, 'valid' | keyof typeof SERVER_CODES> = {}
  const requests: string[] = []
  const sent: FlowRequest[] = []
  let issued = 0
  const expires_at = () => Math.floor(Date.now() / 1000) + 43_200
  const issue = () => {
    issued += 1
    const access_token = `issued-token-number-${issued}`
    tokens[access_token] = 'valid'
    return { access_token, expires_at: expires_at(), user_id: 'user-1', username: 'pilot' }
  }
  const overrides: Record<string, () => FlowResponse> = {}

  function answer({ url, token, body }: FlowRequest): FlowResponse {
    const path = url.replace('/drones/manage/api/v1', '')
    const override = overrides[path]
    if (override !== undefined) return override()
    if (path === '/login')
      return (body as { password: string }).password === 'right'
        ? ok(issue())
        : refused(403, SERVER_CODES.LOGIN_REFUSED)
    const state = token === null ? 'TOKEN_MISSING' : (tokens[token] ?? 'TOKEN_INVALID')
    if (path === '/token/refresh' && (state === 'valid' || state === 'TOKEN_EXPIRED_REFRESHABLE')) {
      tokens[token ?? ''] = 'TOKEN_SPENT'
      return ok(issue())
    }
    if (state !== 'valid') return refused(401, SERVER_CODES[state])
    if (path === '/token/verify') return ok({ status: 'valid', expires_at: expires_at() })
    if (path === '/mqtt/credentials')
      return ok({
        host: 'tcp://127.0.0.1:1883',
        username: 'u',
        password: 'gateway-secret',
        expires_at: expires_at(),
      })
    if (path === '/users/current')
      return ok({ mqtt_addr: 'tcp://127.0.0.1:1883', mqtt_username: 'u', mqtt_password: 'user-secret' })
    if (path === '/drones/pilot/bootstrap') return ok(bootstrap)
    return path === '/logout' ? ok({}) : refused(404, 404001)
  }

  const http = async (request: FlowRequest): Promise<FlowResponse> => {
    requests.push(`${request.method} ${request.url.replace('/drones/manage/api/v1', '')}`)
    sent.push(request)
    return answer(request)
  }
  return { http, tokens, requests, sent, overrides, issue }
}
