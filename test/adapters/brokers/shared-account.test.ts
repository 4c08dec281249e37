import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sharedAccountBroker } from '../../../src/adapters/brokers/shared-account.ts'
import type { CloudEventName, CloudEvents } from '../../../src/core/events.ts'
import { startCloud, type TestCloud } from '../../support/cloud.ts'
import { foreignPilot, thingLogin } from '../../support/foreign-front-end.ts'
import { ask } from '../../support/http.ts'
import { ADMIN, hasMosquitto, type RealMosquitto, startMosquitto } from '../../support/mosquitto.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../../support/sessions.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const BERT = { username: 'bert', password: 'obviously-fake-2', workspace: WORKSPACE_B }
const G1 = 'RCFAKE00000001'
const A1 = '1581FAKE000000000001'

describe.skipIf(!hasMosquitto())('a front end that only hands on what the login answered', () => {
  let real: RealMosquitto
  let host: TestCloud
  let open: { close(): Promise<void> }[]
  beforeAll(async () => {
    real = await startMosquitto('shared')
  }, 60_000)
  afterAll(() => real.stop())
  afterEach(async () => {
    for (const one of open) await one.close()
    await host.close()
  }, 60_000)

  async function start() {
    host = await startCloud({
      users: [ANNA, BERT],
      broker: sharedAccountBroker({ url: real.url, ...ADMIN }),
      mqtt: { url: real.url.replace('mqtt:', 'tcp:') },
    })
    const pilot = foreignPilot(G1, A1)
    open = [pilot]
    return pilot
  }
  const next = <Name extends CloudEventName>(name: Name) =>
    new Promise<CloudEvents[Name]>((resolve) => {
      const stop = host.cloud.on(name, (event) => {
        stop()
        resolve(event)
      })
    })

  test('is answered at once where all pilots are of one workspace', async () => {
    const pilot = await start()
    pilot.loadThing(await thingLogin(host.url, ANNA))
    await pilot.topologyAcknowledged(30_000)
    await next('device.osd')
    expect(host.cloud.devices.get(G1)).toMatchObject({ workspaceId: WORKSPACE_A.id, online: true })
  }, 60_000)

  test('is answered when the first pilot logs in: the controller may be older than this process', async () => {
    const pilot = await start()
    const unclaimed = next('gateway.unclaimed')
    pilot.loadThing({ host: real.url, ...ADMIN })
    expect(await unclaimed).toMatchObject({ gateway: G1, waitsFor: 'login' })
    expect(host.cloud.devices.get(G1)).toBeNull()
    await thingLogin(host.url, ANNA)
    await pilot.topologyAcknowledged(30_000)
    expect(host.cloud.devices.get(G1)).toMatchObject({ workspaceId: WORKSPACE_A.id })
  }, 60_000)

  test('waits for a binding where two workspaces are logged in, and is then answered', async () => {
    const pilot = await start()
    await thingLogin(host.url, ANNA)
    const unclaimed = next('gateway.unclaimed')
    pilot.loadThing(await thingLogin(host.url, BERT))
    expect(await unclaimed).toMatchObject({ gateway: G1, waitsFor: 'binding' })
    expect(host.cloud.devices.get(G1)).toBeNull()
    const { json } = await ask(host.url, '/manage/api/v1/login', { method: 'POST', body: BERT })
    const bound = await ask(host.url, `/manage/api/v1/devices/${G1}/binding`, {
      method: 'POST',
      headers: { 'x-auth-token': String(json.data?.access_token) },
      body: { device_sn: G1 },
    })
    expect(bound.json.code).toBe(0)
    await pilot.topologyAcknowledged(30_000)
    expect(host.cloud.devices.get(G1)).toMatchObject({ workspaceId: WORKSPACE_B.id })
  }, 60_000)
})
