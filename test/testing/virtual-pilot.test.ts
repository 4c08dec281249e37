import {
  createVirtualPilot,
  type Knobs,
  type VirtualPilot,
  type VirtualPilotOptions,
} from 'dji-cloud/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { CloudEventName } from '../../src/core/events.ts'
import { PILOT, startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'

const DAY = 86_400_000
const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

async function start(...args: Parameters<typeof startCloud>): Promise<TestCloud> {
  const cloud = await startCloud(...args)
  closing.push(cloud)
  return cloud
}

function pilotAt(url: string, options: Partial<VirtualPilotOptions> = {}): VirtualPilot {
  const pilot = createVirtualPilot({
    url,
    ...options,
    knobs: { osdIntervalMs: 50, mqttReconnectMs: 20, wsReconnectMs: 20, topoRetryMs: 500, ...options.knobs },
  })
  closing.push(pilot)
  return pilot
}

const event = <Name extends CloudEventName>({ cloud }: TestCloud, name: Name) =>
  new Promise<Parameters<Parameters<typeof cloud.on<Name>>[1]>[0]>((resolve) => {
    const off = cloud.on(name, (what) => {
      off()
      resolve(what)
    })
  })

const calls = (pilot: VirtualPilot, since: number): string[] =>
  pilot.log.flatMap((one) => (one.type === 'bridge' && one.seq >= since ? [one.method] : []))

describe.each([
  ['at the root of Express', { framework: 'express 5', mount: '', parser: 'before' }],
  ['below a path of Koa', { framework: 'koa 3', mount: '/drones', parser: 'none' }],
] as const)('a virtual Pilot %s', (_, variant) => {
  it('goes from the access link to telemetry, loses its aircraft, and logs out', async () => {
    const cloud = await start({}, variant)
    const pilot = pilotAt(cloud.link)
    const visit = await pilot.open()
    expect(visit).toMatchObject({ status: 200, fromCache: false })
    expect(visit.headers['cache-control']).toContain('no-store')

    const online = event(cloud, 'gateway.online')
    const aircraft = event(cloud, 'aircraft.online')
    const osd = event(cloud, 'device.osd')
    expect(await pilot.login(PILOT.username, PILOT.password)).toEqual({ kind: 'connected' })
    await pilot.topologyAcknowledged()
    expect(await online).toMatchObject({ gateway: pilot.gateway.serial, workspaceId: WORKSPACE.id })
    expect(await aircraft).toMatchObject({ aircraft: pilot.aircraft?.serial, model: { key: '0-77-0' } })
    expect(await osd).toMatchObject({ gateway: pilot.gateway.serial })
    expect(pilot.native).toMatchObject({
      verified: true,
      workspaceId: WORKSPACE.id,
      mqtt: 'connected',
      ws: 'connected',
    })

    const gone = event(cloud, 'aircraft.offline')
    pilot.unplugAircraft()
    expect(await gone).toMatchObject({ reason: 'unlinked' })

    const offline = event(cloud, 'gateway.offline')
    await pilot.logout()
    expect(await offline).toMatchObject({ gateway: pilot.gateway.serial })
    expect(pilot.native).toMatchObject({ verified: false, components: [], mqtt: 'idle', pageOpen: false })
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })
})

describe('coming back', () => {
  it('resumes without logging in, verifying or loading again', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    await pilot.login(PILOT.username, PILOT.password)
    pilot.leavePage()
    expect(pilot.native.mqtt).toBe('connected')
    const since = pilot.cursor()
    expect(await pilot.reenterPage()).toEqual({ kind: 'connected' })
    for (const repeated of [
      'platformVerifyLicense',
      'platformSetWorkspaceId',
      'platformLoadComponent',
      'thingConnect',
    ]) {
      expect(calls(pilot, since)).not.toContain(repeated)
    }
  })

  it('refreshes an expired token', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    await pilot.login(PILOT.username, PILOT.password)
    pilot.leavePage()
    const refreshed = event(cloud, 'token.refreshed')
    cloud.advance(DAY)
    expect(await pilot.reenterPage()).toEqual({ kind: 'connected' })
    await refreshed
  })

  it('ends at the login with a reason when the session was ended', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link, { knobs: { withdrawOn401: false } })
    await pilot.login(PILOT.username, PILOT.password)
    pilot.leavePage()
    await cloud.cloud.sessions.end({ workspaceId: WORKSPACE.id }, 'revoked')
    expect(await pilot.reenterPage()).toEqual({ kind: 'login', reason: 'revoked' })
  })

  it('goes on with the old page where the knob says so', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link, { knobs: { reloadOnReentry: false } })
    await pilot.login(PILOT.username, PILOT.password)
    pilot.leavePage()
    const since = pilot.cursor()
    expect(await pilot.reenterPage()).toEqual({ kind: 'connected' })
    expect(pilot.log.some((one) => one.type === 'http' && one.side === 'page' && one.seq >= since)).toBe(
      false,
    )
  })

  it('starts anew after a restart of the app, with the token of the storage', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    await pilot.login(PILOT.username, PILOT.password)
    pilot.restart()
    expect(pilot.native).toMatchObject({ verified: false, components: [], mqtt: 'idle' })
    const since = pilot.cursor()
    expect(await pilot.reenterPage()).toEqual({ kind: 'connected' })
    expect(calls(pilot, since)).toContain('platformVerifyLicense')
  })
})

describe('variants that no page can notice', () => {
  it.each<Partial<Knobs>>([
    { noAircraftAnswer: 'empty' },
    { topoTopic: 'thing', topoDomain: 'absent' },
    { topoDomain: 'string', topoTypes: 'string' },
    { configRequest: 'on' },
    { configRequest: 'blocking' },
    { stateReply: 'expected' },
    { networkProbe: true },
    { mqttVersion: 4 },
    { mqttCleanStart: false },
    { mqttWill: 'status' },
  ])('%j', async (knobs) => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link, { knobs })
    const aircraft = event(cloud, 'aircraft.online')
    const osd = event(cloud, 'device.osd')
    expect(await pilot.login(PILOT.username, PILOT.password)).toEqual({ kind: 'connected' })
    await pilot.topologyAcknowledged()
    expect(await aircraft).toMatchObject({ aircraft: pilot.aircraft?.serial, model: { key: '0-77-0' } })
    await osd
    const gone = event(cloud, 'aircraft.offline')
    pilot.unplugAircraft()
    await gone
  })
})

describe('trouble', () => {
  it('tells a refused login with its message', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    expect(await pilot.login(PILOT.username, 'wrong')).toMatchObject({
      kind: 'failed',
      step: { id: 'login', code: 403001 },
    })
  })

  it('stops at a wrong licence', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link, { knobs: { licenseCheck: 'refuse' } })
    expect(await pilot.login(PILOT.username, PILOT.password)).toMatchObject({
      kind: 'failed',
      step: { id: 'verify', message: 'bad base-64' },
    })
    expect(pilot.native.components).toEqual([])
  })

  it('comes back after the network was cut, with the same credentials', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    await pilot.login(PILOT.username, PILOT.password)
    await pilot.topologyAcknowledged()
    pilot.cutNetwork()
    expect(pilot.native.mqtt).toBe('disconnected')
    await expect(pilot.open()).rejects.toThrow(/no network/)
    pilot.restoreNetwork()
    await pilot.topologyAcknowledged()
    expect(pilot.native.mqtt).toBe('connected')
  })

  it('leaves the cloud on a 401 to a native request', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    await pilot.login(PILOT.username, PILOT.password)
    const withdrawn = pilot.waitFor('withdrawn')
    await cloud.cloud.sessions.end({ workspaceId: WORKSPACE.id }, 'revoked')
    if (!pilot.native.withdrawn) pilot.call('platformLoadComponent', ['tsa', '{}'])
    await withdrawn
    expect(pilot.native).toMatchObject({ withdrawn: true, mqtt: 'idle', pageOpen: false })
  })

  it('leaves by the exit button: the page ends the session', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link)
    await pilot.login(PILOT.username, PILOT.password)
    await pilot.exit()
    expect(pilot.native).toMatchObject({ components: [], pageOpen: false })
  })

  it('shows a stale page only where the server forgot no-store', async () => {
    const cloud = await start()
    const pilot = pilotAt(cloud.link, { knobs: { cacheStalePage: true } })
    await pilot.open()
    expect((await pilot.open()).fromCache).toBe(false)
  })
})

it('reaches any server, and says so when there is none', async () => {
  const pilot = pilotAt('http://127.0.0.1:1/pilot')
  await expect(pilot.open()).rejects.toThrow()
})
