import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../../examples/live-map/app.ts'
import { newPilot } from '../devices/picture.ts'
import { openBrowser } from '../support/browser.ts'
import { hasEngine } from '../support/chromium.ts'
import { LICENSE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const PASSWORD = 'a-fake-password'
const A1 = '1581FAKE000000000001'

let built: ReturnType<typeof buildApp>
let server: ReturnType<typeof built.app.listen>
let url: string

beforeEach(async () => {
  built = buildApp({
    license: LICENSE,
    mqtt: { port: 0, host: '127.0.0.1' },
    logger: false,
    users: [
      { username: 'ada', password: PASSWORD, role: 'web', workspace: WORKSPACE_A },
      { username: 'pia', password: PASSWORD, workspace: WORKSPACE_A },
      { username: 'bo', password: PASSWORD, role: 'web', workspace: WORKSPACE_B },
    ],
  })
  server = built.app.listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), built.cloud.ready()])
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  await built.cloud.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const tokenOf = async (username: string): Promise<string> => {
  const body = { username, password: PASSWORD, flag: 1 }
  const { json } = await ask(url, '/manage/api/v1/login', { method: 'POST', body })
  return String(json.data?.access_token)
}

test('the page needs nothing from outside, and its data a token', async () => {
  const { status, text } = await ask(url, '/')
  expect(status).toBe(200)
  expect(text.match(/https?:\/\/(?!www\.w3\.org)/g)).toBeNull()
  for (const path of ['/map/devices', '/map/reports']) expect((await ask(url, path)).status).toBe(401)
})

test('who flies is on the map of his workspace, and moves', async () => {
  const pilot = newPilot(`${url}/pilot`, 'RCFAKE00000001', A1)
  try {
    const headers = { 'x-auth-token': await tokenOf('ada') }
    const gone = new AbortController()
    const reports = await fetch(`${url}/map/reports`, { headers, signal: gone.signal })
    await pilot.login('pia', PASSWORD)
    await pilot.topologyAcknowledged()
    const lines = reports.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes(A1)) text += (await lines?.read())?.value ?? ''
    gone.abort()
    const { json } = await ask(url, '/map/devices', { headers })
    expect(json).toMatchObject({
      type: 'FeatureCollection',
      features: [
        { id: 'RCFAKE00000001', properties: { kind: 'gateway', online: true } },
        {
          id: A1,
          geometry: { coordinates: [expect.closeTo(8, 0), expect.closeTo(47, 0), expect.any(Number)] },
        },
      ],
    })
    const others = await ask(url, '/map/devices', { headers: { 'x-auth-token': await tokenOf('bo') } })
    expect(others.json.features).toEqual([])
  } finally {
    await pilot.close()
  }
})

test.skipIf(!hasEngine('chromium'))('the page in a browser draws them and follows', async () => {
  const browser = await openBrowser('chromium')
  const pilot = newPilot(`${url}/pilot`, 'RCFAKE00000001', null)
  try {
    const { page } = browser
    await page.goto(`${url}/`)
    await page.fill('[name=username]', 'ada')
    await page.fill('[name=password]', PASSWORD)
    await page.click('button')
    await page.waitFor("document.getElementById('login').hidden")
    await pilot.login('pia', PASSWORD)
    await pilot.topologyAcknowledged()
    await page.waitFor("document.getElementById('list').textContent.includes('RC Pro Enterprise')")
    pilot.plugAircraft({ serial: A1 })
    await page.waitFor("document.querySelector('path.aircraft:not(.offline)') !== null")
    const place = "document.querySelector('path.aircraft').getAttribute('transform')"
    const before = await page.evaluate(place)
    await page.waitFor(`${place} !== ${JSON.stringify(before)}`)
    pilot.unplugAircraft()
    await page.waitFor("document.querySelector('path.aircraft') === null")
    expect(page.problems()).toEqual([])
  } finally {
    await pilot.close()
    await browser.close()
  }
})
