import { createVirtualPilot, type Knobs, type VirtualPilot } from 'dji-cloud/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Platform, startPlatform } from './platform.ts'

const WORKSPACE = '11111111-2222-4333-8444-555555555555'
const TOKEN = 'a token+with/odd=signs'

let platform: Platform
let pilot: VirtualPilot
beforeEach(async () => {
  platform = await startPlatform()
})
afterEach(async () => {
  await pilot.close()
  await platform.stop()
})

function start(knobs: Partial<Knobs> = {}): void {
  pilot = createVirtualPilot({ url: `${platform.http}/pilot`, knobs: { wsReconnectMs: 10, ...knobs } })
  pilot.pageLoaded(pilot.url)
  pilot.call('platformVerifyLicense', ['fake-id-value', 'fake-key-value', 'RkFLRS1MSUNFTkNF'])
  pilot.call('platformSetWorkspaceId', [WORKSPACE])
  pilot.call('platformSetInformation', ['Platform', 'Workspace', ''])
  load('api', { host: `${platform.http}/`, token: TOKEN })
}
const load = (name: string, params: object = {}): unknown =>
  pilot.call('platformLoadComponent', [name, JSON.stringify(params)])

describe('native requests', () => {
  it.each([
    ['tsa', 'GET', `/manage/api/v1/workspaces/${WORKSPACE}/devices/topologies`],
    [
      'mission',
      'GET',
      `/wayline/api/v1/workspaces/${WORKSPACE}/waylines?file_type=5&key=&favorited=false&order_by=update_time%20desc&page_size=9&page=1`,
    ],
    ['media', 'POST', `/storage/api/v1/workspaces/${WORKSPACE}/sts`],
  ])('follow from loading %s', async (module, method, url) => {
    start()
    const answered = pilot.waitFor('http')
    load(module)
    expect(await answered).toMatchObject({ side: 'native', status: 200 })
    expect(platform.requests[0]).toMatchObject({ method, url })
    expect(platform.requests[0]?.headers).toMatchObject({
      'user-agent': 'okhttp/3.14.9',
      'x-auth-token': TOKEN,
    })
  })

  it('make Pilot leave the cloud on a 401', async () => {
    start()
    platform.settings.status = 401
    const withdrawn = pilot.waitFor('withdrawn')
    load('tsa')
    await withdrawn
    expect(pilot.native).toMatchObject({ withdrawn: true, components: [], pageOpen: false })
  })

  it.each([
    [401, { withdrawOn401: false }],
    [403, {}],
    [503, {}],
  ])('are only reported on a %i with %j', async (status, knobs) => {
    start(knobs)
    platform.settings.status = status
    const answered = pilot.waitFor('http')
    load('tsa')
    expect(await answered).toMatchObject({ status })
    expect(pilot.native).toMatchObject({ withdrawn: false, components: ['api', 'tsa'] })
  })

  it('do not get out without a network', async () => {
    start()
    pilot.cutNetwork()
    const answered = pilot.waitFor('http')
    load('tsa')
    expect(await answered).toMatchObject({ status: 0 })
    expect(platform.requests).toEqual([])
  })
})

describe('the WebSocket', () => {
  it('carries the token in its query, sends, and fetches topologies again after a push', async () => {
    start()
    const connected = pilot.waitFor('ws.state', (event) => event.state === 'connected')
    load('ws', { host: platform.ws, token: TOKEN })
    await connected
    expect(platform.sockets[0]?.url).toBe(`/api/v1/ws?x-auth-token=${encodeURIComponent(TOKEN)}`)
    const first = pilot.waitFor('http')
    load('tsa')
    await first
    const again = pilot.waitFor('http')
    platform.sockets[0]?.socket.send(
      JSON.stringify({ biz_code: 'device_online', version: '1.0', timestamp: 1, data: {} }),
    )
    await again
    expect(platform.requests.filter(({ url }) => url.endsWith('/devices/topologies'))).toHaveLength(2)
    const arrived = new Promise((resolve) =>
      platform.sockets[0]?.socket.once('message', (data) => resolve(String(data))),
    )
    pilot.call('wsSend', ['{"hello":1}'])
    expect(await arrived).toBe('{"hello":1}')
  })

  it('connects again after it was closed', async () => {
    start()
    const connected = pilot.waitFor('ws.state', (event) => event.state === 'connected')
    load('ws', { host: platform.ws, token: TOKEN })
    await connected
    const again = pilot.waitFor('ws.state', (event) => event.state === 'connected')
    platform.sockets[0]?.socket.close()
    await again
    expect(platform.sockets).toHaveLength(2)
  })
})

describe('the log', () => {
  it('holds no secret, wherever one went', async () => {
    start()
    const connected = pilot.waitFor('ws.state', (event) => event.state === 'connected')
    load('ws', { host: platform.ws, token: TOKEN })
    load('thing', {
      host: platform.mqtt,
      username: 'someone',
      password: 'mqtt-password',
      connectCallback: 'cb',
    })
    load('tsa')
    await connected
    await pilot.topologyAcknowledged()
    pilot.call('apiGetToken', [])
    pilot.call('thingGetConfigs', [])
    pilot.call('apiSetToken', ['another-token'])
    pilot.call('wsSend', [`my token is ${TOKEN}`])
    const text = JSON.stringify(pilot.log)
    for (const secret of [
      TOKEN,
      encodeURIComponent(TOKEN),
      'another-token',
      'mqtt-password',
      'RkFLRS1MSUNFTkNF',
      'fake-key-value',
      'fake-device-secret',
      'fake-device-nonce',
    ]) {
      expect(text).not.toContain(secret)
    }
    expect(text).toContain('someone')
    expect(text).toContain('platformVerifyLicense')
  })

  it('finds what has happened before it was asked, and says what it waited for', async () => {
    start()
    expect(await pilot.waitFor('component', (event) => event.name === 'api', { since: 0 })).toMatchObject({
      state: 'loaded',
    })
    await expect(pilot.waitFor('component', undefined, { timeoutMs: 5 })).rejects.toThrow(
      /Nothing within 5 ms while waiting for "component"/,
    )
    const never = pilot.waitFor('withdrawn')
    const closed = expect(never).rejects.toThrow(/was closed/)
    await pilot.close()
    await closed
  })

  it('is kept as far as the limit', async () => {
    pilot = createVirtualPilot({ url: `${platform.http}/pilot`, logLimit: 3 })
    for (let index = 0; index < 9; index += 1) pilot.call('platformGetVersion', [])
    expect(pilot.log.map(({ seq }) => seq)).toEqual([6, 7, 8])
  })
})
