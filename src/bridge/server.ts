import type { FlowEnvironment, FlowResponse } from './types.ts'

/** Every request that the page makes. Answers are envelopes; `status` 0 means that the server was not reached. */
export interface Server {
  login(username: string, password: string): Promise<FlowResponse>
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

/** The demo's login flag 2: a pilot on a controller. */
const PILOT = 2

export function createServer({ http, urls }: Pick<FlowEnvironment, 'http' | 'urls'>): Server {
  const { api } = urls
  const post = (path: string, token: string | null, body: unknown = {}) =>
    http({ method: 'POST', url: `${api}${path}`, token, body })
  const get = (url: string, token: string) => http({ method: 'GET', url, token })
  return {
    login: (username, password) => post('/login', null, { username, password, flag: PILOT }),
    continueAs: (user_id) =>
      http({
        ...{ method: 'POST', url: `${urls.access}/continue`, token: null },
        body: { user_id, flag: PILOT },
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
