import type { FlowEnvironment, FlowResponse, LoginInput, OpenChallenge } from './types.ts'

/** Every request that the page makes. Answers are envelopes; `status` 0 means that the server was not reached. */
export interface Server {
  login(given: LoginInput & { readonly pageKey: string | null }): Promise<FlowResponse>
  answerChallenge(challenge: Pick<OpenChallenge, 'token' | 'pageKey'>, code: string): Promise<FlowResponse>
  cancelChallenge(challenge: Pick<OpenChallenge, 'token' | 'pageKey'>): Promise<FlowResponse>
  /** Logs in the user whom the host knows by its cookie. @param userId whom the page has shown */
  continueAs(userId: string): Promise<FlowResponse>
  verify(token: string): Promise<FlowResponse>
  refresh(token: string): Promise<FlowResponse>
  logout(token: string, keepalive?: boolean): Promise<FlowResponse>
  bootstrap(token: string): Promise<FlowResponse>
  credentials(token: string, gateway: string, aircraft: string | null): Promise<FlowResponse>
  currentUser(token: string): Promise<FlowResponse>
  device(token: string, workspaceId: string, serial: string): Promise<FlowResponse>
}

/** The demo's login flag: 2 is a pilot on a controller, 3 a browser that takes accounts of both kinds. */
const FLAGS = { controller: 2, browser: 3 } as const

export function createServer({
  http,
  urls,
  bridge,
  isDjiPilot,
}: Pick<FlowEnvironment, 'http' | 'urls' | 'bridge' | 'isDjiPilot'>): Server {
  /** Asked for at each login, since Pilot may inject its bridge late (facts A3). */
  const flag = (): number => (isDjiPilot || bridge() !== undefined ? FLAGS.controller : FLAGS.browser)
  const { api } = urls
  const post = (path: string, token: string | null, body: unknown = {}) =>
    http({ method: 'POST', url: `${api}${path}`, token, body })
  const get = (url: string, token: string) => http({ method: 'GET', url, token })
  return {
    login: ({ username, password, fields, pageKey }) =>
      post('/login', null, { ...fields, username, password, flag: flag(), page_key: pageKey }),
    answerChallenge: ({ token, pageKey }, code) =>
      post('/login/challenge', null, { token, code, flag: flag(), page_key: pageKey }),
    cancelChallenge: ({ token, pageKey }) =>
      post('/login/challenge/cancel', null, { token, flag: flag(), page_key: pageKey }),
    continueAs: (user_id) =>
      http({
        ...{ method: 'POST', url: `${urls.access}/continue`, token: null },
        body: { user_id, flag: flag() },
        headers: { 'x-dji-cloud': '1' },
      }),
    verify: (token) => post('/token/verify', token),
    refresh: (token) => post('/token/refresh', token),
    logout: (token, keepalive = false) =>
      http({ method: 'POST', url: `${api}/logout`, token, body: {}, keepalive }),
    bootstrap: (token) => get(urls.bootstrap, token),
    credentials: (token, gateway, aircraft) =>
      post(
        '/mqtt/credentials',
        token,
        aircraft === null ? { gateway_sn: gateway } : { gateway_sn: gateway, aircraft_sn: aircraft },
      ),
    currentUser: (token) => get(`${api}/users/current`, token),
    device: (token, workspaceId, serial) =>
      get(`${api}/devices/${encodeURIComponent(workspaceId)}/devices/${encodeURIComponent(serial)}`, token),
  }
}

export const succeeded = ({ status, code }: FlowResponse): boolean =>
  status >= 200 && status < 300 && code === 0

/** A text or number from an answer's data; null if it is missing or has another type. */
export const textIn = (response: FlowResponse, field: string): string | null => {
  const value = fieldOf(response, field)
  return typeof value === 'string' && value !== '' ? value : null
}

export const numberIn = (response: FlowResponse, field: string): number | null => {
  const value = fieldOf(response, field)
  return typeof value === 'number' ? value : null
}

const fieldOf = ({ data }: FlowResponse, field: string): unknown =>
  typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>)[field] : undefined
