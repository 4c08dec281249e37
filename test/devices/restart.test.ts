// The platform restarts, alone: whom it had online is expected back, by what the device store remembers.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Bus,
  type DeviceStore,
  type DjiCloudOptions,
  memoryBus,
  memoryDevices,
  sqlDevices,
  sqlSessions,
} from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A } from '../support/sessions.ts'
import { withSqlite } from '../support/stores.ts'
import { A1, G1, G2, logIn, newPilot, watchWorkspace } from './picture.ts'

const ANNA = { username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const GRACE_MS = 3_000
/** Two platforms and a pilot are started one after the other. */
const PATIENT = 60_000

withSqlite('a restart of the only process', (node) => {
  let devices: DeviceStore
  let mqttPort: number
  let open: { close(): unknown }[]
  /** What the hosts of all starts were told, in order. */
  let events: string[]

  function listen({ cloud }: TestCloud): void {
    for (const name of ['gateway.online', 'aircraft.online'] as const)
      cloud.on(name, (event) =>
        events.push(`${name} ${'aircraft' in event ? event.aircraft : event.gateway}`),
      )
    for (const name of ['gateway.offline', 'aircraft.offline'] as const)
      cloud.on(name, (event) =>
        events.push(`${name} ${event.reason} ${'aircraft' in event ? event.aircraft : event.gateway}`),
      )
  }

  async function start(more: DjiCloudOptions = {}): Promise<TestCloud> {
    const host = await startCloud({
      secret: 'an obviously fake secret for these tests only',
      users: [ANNA],
      presence: { graceSeconds: GRACE_MS / 1000 },
      telemetry: { intervalMs: 100 },
      sessions: sqlSessions({ db: node() }),
      devices,
      mqtt: { host: '127.0.0.1', port: mqttPort },
      ...more,
    })
    listen(host)
    open.push(host)
    return host
  }

  /** A controller that finds the next start at the address of this one. */
  async function fly(host: TestCloud, gateway: string, aircraft: string | null) {
    const pilot = newPilot(host.link, gateway, aircraft)
    open.push(pilot)
    await pilot.login(ANNA.username, ANNA.password)
    await pilot.topologyAcknowledged()
    const body = { username: ANNA.username, password: ANNA.password, flag: 2 }
    const { json } = await ask(host.url, '/manage/api/v1/login', { method: 'POST', body })
    mqttPort = Number(new URL(String(json.data?.mqtt_addr)).port)
    return pilot
  }

  const shown = ({ cloud }: TestCloud): string[] =>
    cloud.devices
      .list(WORKSPACE_A.id)
      .flatMap((gateway) => [gateway, ...gateway.aircraft])
      .filter(({ online }) => online)
      .map(({ serial }) => serial)
      .sort()
  const flying = [`gateway.online ${G1}`, `aircraft.online ${A1}`]

  beforeEach(async () => {
    open = []
    events = []
    mqttPort = 0
    devices = sqlDevices({ db: node() })
    for (const { serial, workspaceId } of (await devices.listOnline?.()) ?? [])
      await devices.release(serial, workspaceId)
  })
  afterEach(() => Promise.all(open.map((each) => each.close())))

  const both = (title: string, body: (more: () => DjiCloudOptions) => Promise<void>): void => {
    test(title, () => body(() => ({})), PATIENT)
    test(
      `${title} (with a bus that nobody else is on)`,
      () => {
        const join: () => Bus = memoryBus()
        return body(() => ({ bus: join() }))
      },
      PATIENT,
    )
  }

  both('who is back within the grace was never offline', async (more) => {
    const one = await start(more())
    await fly(one, G1, A1)
    await expect.poll(() => events).toEqual(flying)
    await one.cloud.close()
    expect(events).toEqual(flying)

    const two = await start({ ...more(), presence: { graceSeconds: 60 } })
    // From the first moment on, for hosts and browsers.
    expect(shown(two)).toEqual([A1, G1].sort())
    const token = await logIn(two.url, ANNA)
    const watched = await watchWorkspace({ ...two, workspaceId: WORKSPACE_A.id, token })
    open.push(watched)
    const path = `/manage/api/v1/workspaces/${WORKSPACE_A.id}/devices/topologies`
    const { json } = await ask(two.url, path, { headers: { 'x-auth-token': token } })
    expect(json.data?.list).toMatchObject([
      { hosts: [{ sn: A1, online_status: true }], parents: [{ sn: G1, online_status: true }] },
    ])
    // The process at which it is back says so; a host that notes what it is told hears nothing that it did not know.
    await expect.poll(() => events, { timeout: 10_000 }).toEqual([...flying, ...flying])
    expect(two.cloud.devices.get(G1)).toMatchObject({ online: true, connected: true })
    expect(watched.pushes.filter(({ biz_code }) => biz_code === 'device_offline')).toEqual([])
  })

  both('who is not is told as lost, once', async (more) => {
    const one = await start(more())
    const pilot = await fly(one, G1, A1)
    await expect.poll(() => events).toEqual(flying)
    await one.cloud.close()
    await pilot.close()

    const two = await start(more())
    expect(shown(two)).toEqual([A1, G1].sort())
    if (two.cloud.health().bus !== null) two.advance(GRACE_MS + 1_000)
    const lost = [`aircraft.offline connection_lost ${A1}`, `gateway.offline connection_lost ${G1}`]
    await expect.poll(() => events, { timeout: 10_000 }).toEqual([...flying, ...lost])
    expect(shown(two)).toEqual([])
    await two.cloud.close()
    expect(await devices.listOnline?.()).toEqual([])
  })

  both('an aircraft that does not come back with its controller is told', async (more) => {
    const one = await start(more())
    const pilot = await fly(one, G1, A1)
    await expect.poll(() => events).toEqual(flying)
    await one.cloud.close()
    pilot.unplugAircraft()

    const two = await start(more())
    await expect
      .poll(() => events, { timeout: 10_000 })
      .toContainEqual(expect.stringMatching(`^aircraft.offline \\w+ ${A1}$`))
    expect(events.filter((event) => event.startsWith('gateway.offline'))).toEqual([])
    expect(shown(two)).toEqual([G1])
  })

  test('a process that was ended without a word has left behind who was online', async () => {
    await devices.claim(G2, WORKSPACE_A.id)
    await devices.update(G2, WORKSPACE_A.id, { model: '2-144-0', onlineSince: Date.now() - 60_000 })
    const host = await start({ presence: { graceSeconds: 1 } })
    expect(host.cloud.devices.get(G2)).toMatchObject({
      online: true,
      connected: false,
      model: { key: '2-144-0' },
    })
    await expect.poll(() => events, { timeout: 10_000 }).toEqual([`gateway.offline connection_lost ${G2}`])
    await expect.poll(async () => (await devices.get(G2))?.onlineSince).toBeNull()
  })

  describe('tells everybody offline at once', () => {
    const shutdown = [`aircraft.offline shutdown ${A1}`, `gateway.offline shutdown ${G1}`]
    const cases: [string, () => DjiCloudOptions][] = [
      ['with a store that ends with the process', () => ({ devices: memoryDevices() })],
      ['with no grace', () => ({ presence: { graceSeconds: 0 } })],
    ]
    test.each(cases)('%s', async (_title, more) => {
      const one = await start(more())
      await fly(one, G1, A1)
      await expect.poll(() => events).toEqual(flying)
      await one.cloud.close()
      expect(events).toEqual([...flying, ...shutdown])
    })
  })
})
