import type { ControlAnswer, Created, News, SimulatorData } from './types.ts'

export interface Server {
  create(token: string | null, setup: object): Promise<Created>
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
  create: (token, setup) => ask<Created>('POST', `${data.base}/controllers`, setup, token),
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
