import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../examples/plugin-flight-log/app.ts'
import { flightLog } from '../../examples/plugin-flight-log/flight-log.ts'
import { djiCloud } from '../../src/express.ts'
import { migrateSql } from '../../src/index.ts'
import { pluginContract } from '../../src/testing/index.ts'
import { newPilot } from '../devices/picture.ts'
import { openBrowser } from '../support/browser.ts'
import { attachPilot } from '../support/browser-pilot.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { LICENSE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { createSqlite, type TestSqlite } from '../support/sqlite.ts'

const PASSWORD = 'a-fake-password'
const G1 = 'RCFAKE00000001'
const A1 = '1581FAKE000000000001'

let sqlite: TestSqlite
let db: Kysely<unknown>
let built: Awaited<ReturnType<typeof buildApp>>
let server: ReturnType<typeof built.app.listen>
let url: string

async function start(): Promise<void> {
  logins.clear()
  built = await buildApp(db, {
    license: LICENSE,
    mqtt: { port: 0, host: '127.0.0.1' },
    logger: false,
    users: [
      { username: 'pia', password: PASSWORD, workspace: WORKSPACE_A },
      { username: 'bo', password: PASSWORD, workspace: WORKSPACE_B },
    ],
  })
  server = built.app.listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), built.cloud.ready()])
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
async function stop(): Promise<void> {
  await built.cloud.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
beforeEach(async () => {
  sqlite = await createSqlite()
  db = sqlite.connect()
  await start()
})
afterEach(async () => {
  await stop()
  await sqlite.remove()
})

/** A password takes time on purpose: each user logs in once. */
const logins = new Map<string, Promise<Record<string, string>>>()
function headersOf(username: string): Promise<Record<string, string>> {
  const known = logins.get(username) ?? logIn(username)
  logins.set(username, known)
  return known
}
async function logIn(username: string) {
  const { json } = await ask(url, '/manage/api/v1/login', {
    method: 'POST',
    body: { username, password: PASSWORD },
  })
  return { 'x-auth-token': String(json.data?.['access_token']) }
}
const flightsOf = async (workspace: string, username: string) =>
  ask(url, `/flight-log/api/v1/workspaces/${workspace}/flights`, { headers: await headersOf(username) })

/** A flight of A1 with G1, from the take-off to the end. */
async function fly(): Promise<void> {
  const finished = new Promise((resolve) => built.cloud.on('flight.finished', resolve))
  const pilot = newPilot(`${url}/pilot`, G1, A1)
  await pilot.login('pia', PASSWORD)
  await pilot.topologyAcknowledged()
  await pilot.close()
  await built.cloud.devices.disconnect(G1)
  await finished
}

test('a flight is kept, told, listed for its own workspace, and found by its id', async () => {
  const told: unknown[] = []
  built.cloud.on('flight.finished', (event) => told.push(event))
  await fly()
  const flight = { workspaceId: WORKSPACE_A.id, gateway: G1, aircraft: A1, endedAt: expect.any(Number) }
  expect(told).toMatchObject([flight])
  expect(await built.cloud.plugins['flight-log'].list(WORKSPACE_A.id)).toMatchObject([flight])
  const { json } = await flightsOf(WORKSPACE_A.id, 'pia')
  const [kept] = json.data as unknown as readonly { id: string }[]
  expect(kept).toMatchObject(flight)
  expect((await ask(url, '/flights', { headers: await headersOf('pia') })).json).toMatchObject([flight])

  const one = `/flight-log/api/v1/flights/${kept?.id}`
  expect((await ask(url, one, { headers: await headersOf('pia') })).json.data).toMatchObject(flight)
  expect((await ask(url, one, { headers: await headersOf('bo') })).json).toMatchObject({
    code: 404_510,
    data: { error: 'FLIGHT_UNKNOWN' },
  })
  expect((await flightsOf(WORKSPACE_A.id, 'bo')).json.data).toMatchObject({ error: 'OTHER_WORKSPACE' })
  expect((await flightsOf(WORKSPACE_B.id, 'bo')).json.data).toEqual([])
})

test('flights are there after a restart, and one that goes on is not counted twice', async () => {
  await fly()
  await stop()
  await start()
  expect(await built.cloud.plugins['flight-log'].list(WORKSPACE_A.id)).toHaveLength(1)
})

test('a database that fails is told by health and in nobody else’s way', async () => {
  await db.destroy()
  const pilot = newPilot(`${url}/pilot`, G1, A1)
  await pilot.login('pia', PASSWORD)
  await pilot.topologyAcknowledged()
  await expect
    .poll(() => built.cloud.health())
    .toMatchObject({
      status: 'degraded',
      plugins: { 'flight-log': { status: 'down', detail: 'the database does not answer' } },
    })
  expect(built.cloud.devices.get(A1)?.online).toBe(true)
  expect((await flightsOf(WORKSPACE_A.id, 'pia')).status).toBe(500)
  await pilot.close()
})

describe.each(ENGINES.filter(hasEngine))('the line on the main page, in %s', (engine) => {
  test('counts the flights in the language of the controller', async () => {
    await fly()
    const browser = await openBrowser(engine)
    const pilot = newPilot(`${url}/pilot`, G1, A1)
    try {
      const { page } = browser
      await page.cdp.Network.setExtraHTTPHeaders({ headers: { 'accept-language': 'zh-CN' } })
      const webview = await attachPilot(page, pilot)
      await webview.open()
      await page.waitFor(
        `document.getElementById('login-form') && !document.getElementById('login-form').hidden`,
      )
      await page.fill('#username', 'pia')
      await page.fill('#password', PASSWORD)
      await page.click('#login-submit')
      await page.waitFor(`/^飞行次数：\\d$/.test(document.getElementById('flight-log').textContent)`)
      expect(page.problems()).toEqual([])
      await webview.detach()
    } finally {
      await pilot.close()
      await browser.close()
    }
  })
})

pluginContract({
  describe,
  test,
  djiCloud,
  async make() {
    const own = await createSqlite()
    const source = { db: own.connect() }
    const plugin = flightLog(source)
    await migrateSql({ ...source, plugins: [plugin] })
    const row = (id: string, workspace: string, aircraft: string) => ({
      ...{ id, workspace_id: workspace, gateway: G1, aircraft, model: null, started_at: 1, ended_at: 2 },
    })
    return {
      plugin,
      async seed({ workspaces: [first, second] }) {
        const table = source.db as Kysely<{ dji_cloud_flight_log_flights: ReturnType<typeof row> }>
        await table
          .insertInto('dji_cloud_flight_log_flights')
          .values([
            row('flight-of-first', first, '1581FAKEFIRST'),
            row('flight-of-second', second, '1581FAKESECOND'),
          ])
          .execute()
        return {
          marks: ['1581FAKEFIRST', '1581FAKESECOND'],
          params: { id: ['flight-of-first', 'flight-of-second'] },
        }
      },
      close: () => own.remove(),
    }
  },
})
