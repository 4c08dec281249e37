import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { belongsTo, HOST_EVENTS, type Own } from '../../src/plugins/simulator/host-events.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'

const OWN = { 'x-dji-simulator': '1' }
const own: Own = {
  gateway: 'G1',
  aircraft: new Set(['A1']),
  login: { sessionId: 'S1', userId: 'U1', username: 'pia' },
}

test.each(HOST_EVENTS.map((name) => [name]))('%s of somebody else is not shown', (name) => {
  const foreign = {
    ...{ gateway: 'G2', serial: 'A2', aircraft: 'A2', from: 'G3', workspaceId: 'W1', clientId: 'G2' },
    ...{ sessionId: 'S2', userId: 'U2', username: 'otto' },
  }
  expect(belongsTo(name, foreign as never, own)).toBe(false)
  expect(belongsTo(name, foreign as never, { ...own, login: null })).toBe(false)
  const mine = { gateway: 'G1', serial: 'A1', aircraft: 'A1', sessionId: 'S1', userId: 'U1', username: 'pia' }
  expect(belongsTo(name, mine as never, own)).toBe(true)
})

describe('two simulated controllers', () => {
  let cloud: TestCloud
  beforeEach(async () => {
    cloud = await startCloud()
  })
  afterEach(() => cloud.close())

  /** One controller with a page that logs in over HTTP, as the page in the frame does. */
  async function controller(preset: string) {
    const made = await ask(cloud.url, '/pilot/simulator/controllers', {
      method: 'POST',
      headers: OWN,
      body: { preset },
    })
    const { id, state } = made.json.data as { id: string; state: { gateway: { serial: string } } }
    const call = async (method: string, ...args: unknown[]): Promise<void> => {
      await ask(cloud.url, `/pilot/simulator/${id}/bridge`, {
        method: 'POST',
        headers: OWN,
        body: { message: `dji-bridge:${JSON.stringify({ method, args })}` },
      })
    }
    const control = (body: object) =>
      ask(cloud.url, `/pilot/simulator/${id}/control`, { method: 'POST', headers: OWN, body })
    const heard = async (): Promise<{ name: string; event: Record<string, unknown> }[]> => {
      const news = await ask(cloud.url, `/pilot/simulator/${id}/news?after=0`, { headers: OWN })
      const { entries } = news.json.data as {
        entries: { type: string; name: string; event: Record<string, unknown> }[]
      }
      return entries.filter(({ type }) => type === 'host')
    }
    const gateway = state.gateway.serial
    await control({ do: 'open' })
    const login = await ask(cloud.url, '/manage/api/v1/login', {
      method: 'POST',
      body: { ...PILOT, flag: 2 },
    })
    const token = (login.json.data as { access_token: string }).access_token
    const headers = { 'x-auth-token': token }
    const issued = await ask(cloud.url, '/manage/api/v1/mqtt/credentials', {
      method: 'POST',
      headers,
      body: { gateway_sn: gateway },
    })
    const { username, password, host } = issued.json.data as {
      username: string
      password: string
      host: string
    }
    await call('platformVerifyLicense', '100000', 'fake-app-key', 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==')
    await call('platformSetWorkspaceId', '11111111-2222-4333-8444-555555555555')
    await call('platformSetInformation', 'P', 'W', 'D')
    await call('platformLoadComponent', 'api', JSON.stringify({ host: `${cloud.url}/`, token }))
    await call(
      'platformLoadComponent',
      'thing',
      JSON.stringify({ host, connectCallback: 'x', username, password }),
    )
    await call('thingConnect', username, password, 'x')
    return { gateway, heard, control, token, password }
  }

  it('each show what the app hears of it, without secrets, and nothing of the other', async () => {
    const one = await controller('rc-pro')
    const two = await controller('rc-plus-2')
    const seen = (name: string) => async (): Promise<void> => {
      for (const { heard } of [one, two]) expect((await heard()).map((entry) => entry.name)).toContain(name)
    }
    await vi.waitFor(seen('device.osd'), { timeout: 15_000 })
    await one.control({ do: 'token', be: 'revoked' })
    await vi.waitFor(
      async () => expect((await one.heard()).map(({ name }) => name)).toContain('session.ended'),
      {
        timeout: 10_000,
      },
    )
    const [mine, theirs] = [await one.heard(), await two.heard()]
    expect(theirs.map(({ name }) => name)).not.toContain('session.ended')
    for (const [list, gateway] of [
      [mine, one.gateway],
      [theirs, two.gateway],
    ] as const)
      for (const { event } of list) if ('gateway' in event) expect(event['gateway']).toBe(gateway)
    const all = JSON.stringify([mine, theirs])
    for (const secret of [one.token, two.token, one.password, two.password, PILOT.password])
      expect(all).not.toContain(secret)
  }, 40_000)

  it('reports what the reader sets, to the app', async () => {
    const one = await controller('rc-pro')
    await vi.waitFor(
      async () => expect((await one.heard()).map(({ name }) => name)).toContain('device.osd'),
      {
        timeout: 15_000,
      },
    )
    const reported = new Promise<Record<string, unknown>>((resolve) => {
      cloud.cloud.on('device.osd', ({ serial, data }) => {
        if (serial !== one.gateway && data.elevation === 123) resolve(data as Record<string, unknown>)
      })
    })
    const answer = await one.control({
      do: 'readings',
      set: { battery: 7, height: 123, speed: 4.5, controllerBattery: 33 },
    })
    expect(answer.status).toBe(200)
    expect(await reported).toMatchObject({ battery: { capacity_percent: 7 }, horizontal_speed: 4.5 })
    const refused = await one.control({ do: 'readings', set: { battery: 101 } })
    expect([refused.status, JSON.stringify(refused.json)]).toEqual([400, expect.stringContaining('battery')])
  }, 30_000)
})
