import { randomBytes } from 'node:crypto'
import type { DjiCloudOptions } from '../../src/index.ts'
import type { SignInSource, SourceUser } from '../../src/plugin.ts'
import { type PhoneLoginOptions, phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { start } from '../plugins/start.ts'
import { BADGE, badgeReader } from '../support/badge-reader.ts'
import { manualClock } from '../support/clock.ts'
import { type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { ask, type Reply } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'

export const OTHER_WORKSPACE = { id: '99999999-2222-4333-8444-555555555555', name: 'Other workspace' }
export const USERS: Record<string, SourceUser> = {
  ada: { id: 'ada', username: 'Ada', workspace: WORKSPACE },
  ben: { id: 'ben', username: 'Ben', workspace: WORKSPACE },
  zoe: { id: 'zoe', username: 'Zoe', workspace: OTHER_WORKSPACE },
  wim: { id: 'wim', username: 'Wim', role: 'web', workspace: WORKSPACE },
}
export const API = '/phone-login/api/v1'

/** A platform whose only login on the controller is the phone. Its clock stands still until it is moved. */
export async function phoneCloud(
  phone: PhoneLoginOptions = {},
  options: DjiCloudOptions = {},
  source: Partial<SignInSource> = {},
): Promise<TestCloud> {
  const clock = manualClock(Date.now())
  const cloud = await start({
    ...{ broker: idleBroker(), users: false, clock },
    plugins: [badgeReader(USERS, source), phoneLogin(phone)],
    ...options,
  })
  return { ...cloud, advance: clock.advance }
}

type Where = Pick<TestCloud, 'url'>

/** What a script of our own page sends. */
export const own = (url: string, user?: string): Record<string, string> => ({
  origin: new URL(url).origin,
  'x-dji-cloud': '1',
  ...(user === undefined ? {} : { cookie: `${BADGE}=${user}` }),
})

interface Sent {
  readonly from?: string
  readonly headers?: Readonly<Record<string, string>>
}

const post = (
  { url }: Where,
  path: string,
  body: unknown,
  { from, headers = own(url) }: Sent,
): Promise<Reply> =>
  ask(url, `${new URL(url).pathname.replace(/\/$/, '')}${API}/${path}`, {
    method: 'POST',
    body,
    headers,
    from,
  })

export interface Code {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string | null
  readonly expires_in: number
  readonly interval: number
  readonly qr: readonly string[]
}

/** A page on a controller: it has asked for a code, and asks what became of it. */
export interface Asker {
  readonly code: Code
  readonly browserKey: string
  poll(change?: Sent & { readonly browserKey?: string }): Promise<Reply>
}

export const askForCode = (cloud: Where, body: object = {}, sent: Sent = {}): Promise<Reply> =>
  post(cloud, 'codes', { browser_key: randomBytes(32).toString('hex'), ...body }, sent)

export async function controller(cloud: Where, serial?: string, sent: Sent = {}): Promise<Asker> {
  const browserKey = randomBytes(32).toString('hex')
  const answer = await askForCode(cloud, { browser_key: browserKey, serial: serial ?? null }, sent)
  if (answer.status !== 200) throw new Error(`No code: ${answer.text}`)
  const code = answer.json.data as unknown as Code
  return {
    code,
    browserKey,
    poll: ({ browserKey: key = browserKey, ...how } = {}) =>
      post(cloud, 'token', { device_code: code.device_code, browser_key: key }, how),
  }
}

/** A phone on which this user is logged in. */
export function phone(cloud: Where, user: string, from?: string) {
  const sent: Sent = { headers: own(cloud.url, user), ...(from === undefined ? {} : { from }) }
  const send = async (path: string, body: object) => post(cloud, path, { user_id: user, ...body }, sent)
  return {
    look: (code: string) => send('lookup', { user_code: code }),
    decide: (code: string, approve: boolean) => send('decision', { user_code: code, approve }),
    /** Opens it, and approves it. */
    async approve(code: string): Promise<Reply> {
      await send('lookup', { user_code: code })
      return send('decision', { user_code: code, approve: true })
    },
  }
}

/** Every event of these names, as they come. */
export function heard({ cloud }: Pick<TestCloud, 'cloud'>, ...names: string[]): unknown[] {
  const events: unknown[] = []
  // `startCloud` does not carry the types of the plugins.
  const on = cloud.on as (name: string, listener: (event: unknown) => void) => unknown
  for (const name of names) on(name, (event) => events.push(event))
  return events
}
