// The controller has no good keyboard, and some providers refuse its web view: the pilot logs in at the provider on a phone.
import { afterEach, expect, it } from 'vitest'
import { MEMBERS } from '../../examples/oidc/directory.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { controller } from '../phone-login/stage.ts'
import { createJar } from './jar.ts'
import { logIn, noticeOf, oidcPlugin, openStage, verify } from './stage.ts'

const members = [...MEMBERS]
afterEach(() => void MEMBERS.splice(0, MEMBERS.length, ...members))

/** The provider is known only when the stage is there, and the plugin needs it before. */
async function open() {
  const stage = await openStage()
  const both = await openStage({
    cloud: { plugins: [oidcPlugin(stage.provider.issuer), phoneLogin()] as never },
  })
  return { ...both, provider: stage.provider }
}

it('a controller is let in by a phone whose user the provider knows, and is out when the provider says so', async () => {
  const { base, cloud, told } = await open()
  const asker = await controller(cloud)
  const link = `${base}/phone-login?code=${asker.code.user_code}`
  const jar = createJar()
  const { text } = await jar.ask(link)
  const href = (/href="([^"]*\/oidc\/login[^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&')
  const { page, url } = await logIn(base, { jar, start: new URL(href, link).href })
  expect(url.startsWith(`${base}/phone-login`)).toBe(true)
  expect(page).toContain('Ada Example')

  const headers = { origin: new URL(base).origin, 'x-dji-cloud': '1' }
  const body = { user_code: asker.code.user_code, user_id: 'oidc:m-1001' }
  const send = (path: string, more: object = {}) =>
    jar.ask(`${base}/phone-login/api/v1/${path}`, { method: 'POST', body: { ...body, ...more }, headers })
  expect((await send('lookup')).json.data).toMatchObject({ state: 'open' })
  expect((await send('decision', { approve: true })).status).toBe(200)
  const token = String((await asker.poll()).json.data?.['access_token'])
  expect(told).toMatchObject([{ name: 'login.succeeded', userId: 'oidc:m-1001', by: 'phone' }])
  expect((await verify(base, token)).status).toBe(200)

  MEMBERS.shift()
  cloud.advance(15 * 60_000)
  expect((await verify(base, token)).status).toBe(401)
  expect(told.at(-1)).toMatchObject({ name: 'session.ended', reason: 'user_gone' })
})

it('who is refused at the provider is back on the page for phones, with the reason', async () => {
  const { base, cloud } = await open()
  const asker = await controller(cloud)
  const start = `${base}/oidc/login?return_to=${encodeURIComponent(`/phone-login?code=${asker.code.user_code}`)}`
  const { url, page } = await logIn(base, { start, login: 'ben', password: 'another-fake-password' })
  expect(new URL(url).searchParams.get('reason')).toBe('sign_in_refused')
  expect(new URL(url).pathname).toBe('/phone-login')
  expect(page + noticeOf(page)).toContain('you may not use this platform')
})
