import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'dji-cloud'
import { afterEach, describe, expect, it } from 'vitest'
import { buildApp, type steps } from '../../examples/custom-templates/app.ts'

const nothing = (): void => {}
let close: (() => Promise<unknown>) | undefined
afterEach(() => close?.())

async function start(step: keyof typeof steps) {
  const warnings: string[] = []
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: (_, message) => void warnings.push(message),
    error: nothing,
  }
  const { app, cloud } = buildApp(step, {
    logger,
    mqtt: { host: '127.0.0.1', port: 0 },
    users: [{ username: 'ada', password: 'a-fake-password' }],
  })
  const server: Server = createServer(app).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  close = async () => {
    await cloud.close()
    server.closeAllConnections()
    server.close()
  }
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = async (path: string, language = 'en') => {
    const response = await fetch(origin + path, { headers: { 'accept-language': language } })
    return { status: response.status, text: await response.text() }
  }
  return { get, warnings }
}

describe('the steps of making the pages one’s own', () => {
  it.each([
    ['texts', 'en', /<h1>Rescue crews<\/h1>[\s\S]*Start duty/],
    ['language', 'fr-CH', /<html lang="fr">[\s\S]*<h1>Connexion<\/h1>/],
    ['theme', 'en', /--main:#8a1c00[\s\S]*src="\/static\/logo\.svg"/],
    ['partial', 'en', /<span class="platform" id="platform">DJI Cloud · \+41 00[\s\S]*id="reveal"/],
    ['page', 'en', /Crews on duty only[\s\S]*id="login-form"|id="login-form"[\s\S]*Crews on duty only/],
    ['render', 'en', /Duty room: 117/],
    ['apps', 'en', /"name":"Crew radio"/],
  ] as const)('%s', async (step, language, expected) => {
    const { get, warnings } = await start(step)
    const { status, text } = await get('/pilot/login', language)
    expect(status).toBe(200)
    expect(text).toMatch(expected)
    expect(text).toContain('id="dji-cloud-data"')
    for (const path of ['/pilot/home', '/pilot/assets/gone/x.css'])
      expect((await get(path)).text).toContain('<main')
    expect(warnings.filter((warning) => !warning.startsWith('license'))).toEqual([])
  })

  it('the logo is there', async () => {
    const { get } = await start('theme')
    expect((await get('/static/logo.svg')).status).toBe(200)
  })
})
