import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { G1 } from '../devices/picture.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { topo } from '../support/mqtt-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

/*
 * Two pilots, one controller, and a front end as DJI's demo: it hands on what the login answered, and never logs out. The
 * defences against a colleague must not stand in the way of the next shift.
 */
let host: TestCloud
let open: MqttClient[]
let refused: unknown[]

beforeEach(async () => {
  open = []
  refused = []
  host = await startCloud({
    users: ['anna', 'alex'].map((username) => ({
      ...{ username, password: 'obviously-fake-1', workspace: WORKSPACE_A },
    })),
    presence: { silenceSeconds: 3 },
  })
  host.cloud.on('mqtt.refused', ({ reason, topic }) => void refused.push([reason, topic]))
})
afterEach(async () => {
  await Promise.all(open.map((each) => each.endAsync(true)))
  await host.close()
})

async function logIn(user: string): Promise<Record<string, string>> {
  const { json } = await ask(host.url, '/manage/api/v1/login', {
    method: 'POST',
    body: { username: user, password: 'obviously-fake-1', flag: 2 },
  })
  return json.data as Record<string, string>
}
async function connect(login: Record<string, string>, reconnectPeriod = 0): Promise<MqttClient> {
  const client = await connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
    ...{ username: login['mqtt_username'], password: login['mqtt_password'], clientId: G1 },
    ...{ reconnectPeriod, protocolVersion: 4 },
  } as IClientOptions)
  client.on('error', () => undefined)
  open.push(client)
  return client
}
async function fly(): Promise<MqttClient> {
  const first = await connect(await logIn('anna'))
  await first.subscribeAsync(`sys/product/${G1}/status_reply`)
  await first.publishAsync(`sys/product/${G1}/status`, topo(), { qos: 1 })
  await expect.poll(() => host.cloud.devices.get(G1)?.online).toBe(true)
  return first
}
const answered = (client: MqttClient) =>
  new Promise<string>((resolve) => client.once('message', (topic) => resolve(topic)))

test('who leaves in good order leaves the controller at once', async () => {
  const first = await fly()
  await first.endAsync()
  await expect.poll(() => host.cloud.devices.get(G1)?.connected).toBe(false)
  const second = await connect(await logIn('alex'))
  const answer = answered(second)
  await second.subscribeAsync(`sys/product/${G1}/status_reply`)
  await second.publishAsync(`sys/product/${G1}/status`, topo(), { qos: 1 })
  expect(await answer).toBe(`sys/product/${G1}/status_reply`)
  expect(host.cloud.devices.get(G1)).toMatchObject({ userId: 'alex', online: true })
  expect(refused).toEqual([])
})

test('after a power cut the next one is sent away, comes again, and is heard when it is free', async () => {
  const login = await logIn('alex')
  const first = await fly()
  await first.endAsync(true)
  const second = await connect(login, 100)
  const closed = new Promise<void>((resolve) => second.once('close', () => resolve()))
  const answer = answered(second)
  // As Pilot does: it subscribes and introduces itself whenever it has connected, and only then.
  const introduce = () =>
    void second
      .subscribeAsync(`sys/product/${G1}/status_reply`)
      .then(() => second.publishAsync(`sys/product/${G1}/status`, topo(), { qos: 1 }))
      .catch(() => undefined)
  second.on('connect', introduce)
  introduce()
  await closed
  expect(refused[0]).toEqual(['in_use', `sys/product/${G1}/status_reply`])
  expect(await answer).toBe(`sys/product/${G1}/status_reply`)
  expect(host.cloud.devices.get(G1)).toMatchObject({ userId: 'alex', online: true })
}, 20_000)
