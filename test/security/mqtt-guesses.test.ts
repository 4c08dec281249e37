import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { rawConnect, rawSocket } from '../support/mqtt-raw.ts'

let cloud: TestCloud
afterEach(() => cloud.close())

const GATEWAY = 'RCFAKE00000001'

/** The code of CONNACK. */
async function connect(username: string, password: string): Promise<number> {
  const socket = await rawSocket(Number(new URL(cloud.cloud.mqttAddress('127.0.0.1')).port))
  socket.write(rawConnect(GATEWAY, username, password))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.readUInt8(3)
}

it('wrong MQTT passwords are limited, and the credentials of a login get in meanwhile', async () => {
  cloud = await startCloud()
  const reasons: string[] = []
  cloud.cloud.on('mqtt.refused', ({ reason }) => reasons.push(reason))
  for (let guess = 0; guess < 12; guess += 1) expect(await connect(GATEWAY, `guess ${guess}`)).not.toBe(0)
  expect(reasons).toEqual([...Array(10).fill('bad_credentials'), 'throttled', 'throttled'])

  const login = await ask(cloud.url, '/manage/api/v1/login', { method: 'POST', body: { ...PILOT, flag: 2 } })
  const { json } = await ask(cloud.url, '/manage/api/v1/mqtt/credentials', {
    method: 'POST',
    headers: { 'x-auth-token': String(login.json.data?.['access_token']) },
    body: { gateway_sn: GATEWAY },
  })
  expect(await connect(String(json.data?.['username']), String(json.data?.['password']))).toBe(0)
})
