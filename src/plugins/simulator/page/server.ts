/** What the server puts into the page (src/simulator/page.ts). */
export interface SimulatorData {
  readonly base: string
  readonly access: string
  readonly login: string
  readonly needsToken: boolean
  readonly knobs: Readonly<Record<string, KnobInfo>>
  readonly presets: readonly PresetInfo[]
  readonly models: readonly Model[]
}

export interface KnobInfo {
  readonly value: unknown
  readonly values?: readonly (string | number)[]
  readonly confidence: string
  readonly about: string
}

export interface PresetInfo {
  readonly name: string
  readonly label: string
  readonly knobs: Readonly<Record<string, unknown>>
  readonly confidence: string
  readonly about: string
}

export interface Model {
  readonly name: string
  readonly serial: string
  readonly type: number
  readonly subType: number
}

export interface Entry {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly [field: string]: unknown
}

export interface State {
  readonly link: string
  readonly preset: string | null
  readonly gateway: Model
  readonly aircraft: Model | null
  readonly network: boolean
  readonly knobs: Readonly<Record<string, unknown>>
  readonly native: {
    readonly verified: boolean
    readonly workspaceId: string | null
    readonly platformName: string | null
    readonly mqtt: string
    readonly ws: string
    readonly topologyAcknowledged: boolean
    readonly pageOpen: boolean
  }
}

export interface News {
  readonly entries: readonly Entry[]
  readonly state: State
}

export interface ControlAnswer {
  readonly state: State
  readonly done?: boolean
  readonly why?: string
  readonly was?: string
  readonly now?: string
}

export interface Created {
  readonly id: string
  readonly state: State
}

export interface Server {
  create(token: string | null): Promise<Created>
  login(username: string, password: string): Promise<string>
  news(id: string, after: number): Promise<News>
  control(id: string, body: object): Promise<ControlAnswer>
}

export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const createServer = (data: SimulatorData): Server => ({
  create: (token) => ask<Created>('POST', `${data.base}/controllers`, {}, token),
  login: (username, password) =>
    ask<{ access_token: string }>('POST', data.login, { username, password, flag: 2 }).then(
      ({ access_token }) => access_token,
    ),
  news: (id, after) => ask<News>('GET', `${data.base}/${id}/news?after=${after}`),
  control: (id, body) => ask<ControlAnswer>('POST', `${data.base}/${id}/control`, body),
})

/** @throws Refused with the envelope's message; TypeError if the server was not reached */
async function ask<T>(method: string, url: string, body?: object, token: string | null = null): Promise<T> {
  const headers: Record<string, string> = { 'x-dji-simulator': '1' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (token !== null) headers['x-auth-token'] = token
  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'same-origin' }
  if (body !== undefined) init.body = JSON.stringify(body)
  const answer = await fetch(url, init)
  const text = await answer.text()
  try {
    const envelope = JSON.parse(text) as { code: number; message: string; data: T }
    if (envelope.code === 0) return envelope.data
    throw new Refused(answer.status, envelope.message)
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(answer.status, `HTTP ${answer.status}`)
  }
}
