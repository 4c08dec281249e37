// The snippet of docs/users.md: an authenticator on top of `sqlUsers`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { URI } from 'otpauth'
import { afterEach, expect, it } from 'vitest'
import { ADA, buildApp } from '../../examples/second-step/app.ts'
import { ask } from '../support/http.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start() {
  const { app, cloud, authenticator } = await buildApp({
    mqtt: { host: '127.0.0.1', port: 0 },
    logger: false,
  } as Parameters<typeof buildApp>[0])
  const server = createServer(app).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  closing.push(async () => {
    await cloud.close()
    server.closeAllConnections()
    server.close()
  })
  const totp = URI.parse(authenticator)
  if (!('period' in totp)) throw new Error('no TOTP')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (path: string, body: object) =>
    (await ask(url, `/manage/api/v1${path}`, { method: 'POST', body })).json
  const begin = async () => {
    const { data } = await post('/login', ADA)
    return String((data?.['challenge'] as { token?: unknown } | undefined)?.token)
  }
  return { totp, post, begin }
}

it('lets in with the code of the authenticator, and with each code once', async () => {
  const { totp, post, begin } = await start()
  const code = totp.generate()
  expect(await post('/login/challenge', { token: await begin(), code: '000000' })).toMatchObject({
    code: 403010,
  })
  expect(await post('/login/challenge', { token: await begin(), code })).toMatchObject({
    ...{ code: 0, data: { username: ADA.username } },
  })
  expect(await post('/login/challenge', { token: await begin(), code })).toMatchObject({ code: 403010 })
})

it('takes the same code only once, also if it comes with two logins at the same moment', async () => {
  const { totp, post, begin } = await start()
  const tokens = [await begin(), await begin()]
  const code = totp.generate()
  const answers = await Promise.all(tokens.map((token) => post('/login/challenge', { token, code })))
  expect(answers.map((answer) => answer.code).sort()).toEqual([0, 403010])
})

it('takes a code that is too old for no code', async () => {
  const { totp, post, begin } = await start()
  const code = totp.generate({ timestamp: Date.now() - 120_000 })
  expect(await post('/login/challenge', { token: await begin(), code })).toMatchObject({ code: 403010 })
})
