import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import type { CloudEventName, CloudEvents } from '../../src/index.ts'
import { PILOT, startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { rawConnect, rawSocket } from '../support/mqtt-raw.ts'
import { G1, logIn } from './picture.ts'

let cloud: TestCloud
afterEach(() => cloud.close())
const next = <Name extends CloudEventName>(name: Name) =>
  new Promise<CloudEvents[Name]>((resolve) => cloud.cloud.on(name, resolve))
const open = async () => rawSocket(Number(new URL(cloud.cloud.mqttAddress('127.0.0.1')).port))

it('tells of credentials that nobody has used, and of a controller that says nothing', async () => {
  cloud = await startCloud()
  const headers = { 'x-auth-token': await logIn(cloud.url, PILOT) }
  const asked = { method: 'POST', headers, body: { gateway_sn: G1 } }
  const { json } = await ask(cloud.url, '/manage/api/v1/mqtt/credentials', asked)
  const unused = next('credentials.unused')
  cloud.advance(60_000)
  expect(await unused).toMatchObject({ gateway: G1, workspaceId: WORKSPACE.id })

  const socket = await open()
  try {
    const { username, password } = json.data as { username: string; password: string }
    socket.write(rawConnect(G1, username, password))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.readUInt8(3)).toBe(0)
    const unannounced = next('gateway.unannounced')
    // The first look finds it, and one half a minute later tells of it.
    const looked = setInterval(() => cloud.advance(30_000), 5_000)
    expect(await unannounced).toMatchObject({ gateway: G1, workspaceId: WORKSPACE.id })
    clearInterval(looked)
  } finally {
    socket.destroy()
  }
}, 40_000)

it('tells whose wrong password it was', async () => {
  cloud = await startCloud()
  const refused = next('mqtt.refused')
  const socket = await open()
  socket.write(rawConnect(G1, 'old-account', 'a wrong password'))
  expect(await refused).toMatchObject({ reason: 'bad_credentials', username: 'old-account', clientId: G1 })
  socket.destroy()
})
