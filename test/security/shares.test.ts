import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { rawConnect, rawSocket } from '../support/mqtt-raw.ts'

let cloud: TestCloud
afterEach(() => cloud.close())

const API = '/manage/api/v1'
const GATEWAY = 'RCFAKE00000001'

const post = (path: string, token?: string, body: object = {}) =>
  ask(cloud.url, `${API}${path}`, {
    method: 'POST',
    headers: token === undefined ? {} : { 'x-auth-token': token },
    body,
  })
const logIn = async (): Promise<string> =>
  String((await post('/login', undefined, { ...PILOT, flag: 2 })).json.data?.['access_token'])
const statusOf = async (token: string): Promise<number> => (await post('/token/verify', token)).status

it('a user who logs in without end keeps the newest sessions, and the one whose controller is connected', async () => {
  cloud = await startCloud({ limits: { sessionsPerUser: 3 } })
  const ended: string[] = []
  cloud.cloud.on('session.ended', ({ reason }) => ended.push(reason))

  const flying = await logIn()
  const { json } = await post('/mqtt/credentials', flying, { gateway_sn: GATEWAY })
  const socket = await rawSocket(Number(new URL(cloud.cloud.mqttAddress('127.0.0.1')).port))
  socket.write(rawConnect(GATEWAY, String(json.data?.['username']), String(json.data?.['password'])))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.readUInt8(3)).toBe(0)

  const tokens: string[] = []
  for (let count = 0; count < 6; count += 1) {
    cloud.advance(1_000)
    tokens.push(await logIn())
  }
  expect(ended).toEqual(['limit', 'limit', 'limit'])
  expect(await statusOf(flying)).toBe(200)
  expect(await Promise.all(tokens.map(statusOf))).toEqual([401, 401, 401, 200, 200, 200])
  socket.destroy()
})
