import { connectAsync, type MqttClient } from 'mqtt'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { definePlugin, deviceTopic, type PluginContext, type PluginParts } from '../../src/plugin.ts'
import { A1, G1, G2, logIn } from '../devices/picture.ts'
import { PILOT, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { recordLogs } from '../support/logs.ts'
import { closing, start } from './start.ts'

const OTHER = '99999999-2222-4333-8444-555555555555'

/** A controller of the pilot that has told its aircraft. */
async function controller({ url, cloud }: TestCloud, gateway = G1): Promise<MqttClient> {
  const token = await logIn(url, PILOT)
  const { json } = await ask(url, '/manage/api/v1/mqtt/credentials', {
    method: 'POST',
    body: { gateway_sn: gateway },
    headers: { 'x-auth-token': token },
  })
  const { username, password } = json.data as { username: string; password: string }
  const client = await connectAsync(cloud.mqttAddress('127.0.0.1').replace('tcp:', 'mqtt:'), {
    ...{ username, password, clientId: gateway, reconnectPeriod: 0 },
  })
  closing.push({ close: () => client.endAsync(true) })
  await client.subscribeAsync([`thing/product/${gateway}/#`, `sys/product/${gateway}/#`])
  const answered = new Promise((resolve) => client.once('message', resolve))
  await client.publishAsync(
    `sys/product/${gateway}/status`,
    JSON.stringify({
      method: 'update_topo',
      data: { type: 144, sub_type: 0, sub_devices: [{ sn: A1, type: 77, sub_type: 0 }] },
    }),
    { qos: 1 },
  )
  await answered
  return client
}

function plugin(topics: PluginParts['topics']) {
  let seen: PluginContext | undefined
  const made = definePlugin({
    id: 'payload',
    setup(context) {
      seen = context as PluginContext
      return { topics }
    },
  })
  return {
    made,
    context(): PluginContext {
      if (seen === undefined) throw new Error('not set up')
      return seen
    },
  }
}

describe('topics of a plugin', () => {
  it('are published by their devices, and by nobody who has not loaded the plugin', async () => {
    const heard: unknown[] = []
    const input = z.looseObject({ level: z.number() })
    const { made } = plugin({
      'thing/payload/report': deviceTopic({
        publisher: 'gateway',
        input,
        handle: ({ level }, { serial, workspaceId, devices }) =>
          void heard.push([serial, level, workspaceId, devices.get(serial)?.serial]),
      }),
      'thing/payload/sound': deviceTopic({
        publisher: 'device',
        input,
        handle: ({ level }, { serial, topic }) => void heard.push([serial, level, topic]),
      }),
    })
    const cloud = await start({ plugins: [made] })
    const told: unknown[] = []
    cloud.cloud.on('device.event', ({ channel, serial }) => void told.push([channel, serial]))
    const refused: unknown[] = []
    cloud.cloud.on('mqtt.refused', ({ topic, reason }) => void refused.push([topic, reason]))
    const client = await controller(cloud)
    const say = (serial: string, suffix: string, level: unknown) =>
      client.publishAsync(`thing/product/${serial}/${suffix}`, JSON.stringify({ level }), { qos: 1 })
    await say(G1, 'payload/report', 1)
    await say(A1, 'payload/sound', 2)
    await say(G1, 'payload/sound', 3)
    await expect.poll(() => heard).toHaveLength(3)
    expect(heard).toEqual([
      [G1, 1, WORKSPACE.id, G1],
      [A1, 2, 'thing/payload/sound'],
      [G1, 3, 'thing/payload/sound'],
    ])
    expect(told).toEqual([
      ['payload/report', G1],
      ['payload/sound', A1],
      ['payload/sound', G1],
    ])
    // The aircraft's own report is not in the table.
    await say(A1, 'payload/report', 4)
    await expect.poll(() => refused).toEqual([[`thing/product/${A1}/payload/report`, 'not_listed']])
    expect(heard).toHaveLength(3)

    const plain = await start({})
    const alone = await controller(plain)
    const no = new Promise((resolve) => plain.cloud.on('mqtt.refused', resolve))
    await alone.publishAsync(`thing/product/${G1}/payload/report`, '{"level":1}', { qos: 1 })
    expect(await no).toMatchObject({ reason: 'not_listed' })
  })

  it('a message of another shape is told with its field, a handler that throws is logged with the plugin', async () => {
    const logs = recordLogs()
    const heard: unknown[] = []
    const { made } = plugin({
      'thing/payload/report': deviceTopic({
        publisher: 'gateway',
        input: z.looseObject({ level: z.number() }),
        handle({ level }) {
          if (level === 0) throw new Error('empty')
          heard.push(level)
        },
      }),
    })
    const cloud = await start({ plugins: [made], logger: logs.logger })
    const invalid: unknown[] = []
    cloud.cloud.on('message.invalid', ({ topic, reason }) => void invalid.push([topic, reason]))
    const client = await controller(cloud)
    const topic = `thing/product/${G1}/payload/report`
    for (const message of ['{"level":"much"}', 'no json', '{"level":0}', '{"level":5}'])
      await client.publishAsync(topic, message, { qos: 1 })
    await expect.poll(() => heard).toEqual([5])
    expect(invalid).toEqual([
      [topic, expect.stringMatching(/^level: /)],
      [topic, 'payload: not JSON'],
    ])
    expect(logs.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: 'The handler for a message of a device failed. See the error.',
        fields: { plugin: 'payload', gateway: G1 },
      },
    ])
  })

  it('the plugin publishes on its own topics, to devices of the workspace that it names', async () => {
    const { made, context } = plugin({ 'thing/payload/orders': { publisher: 'cloud' } })
    const cloud = await start({ plugins: [made] })
    const client = await controller(cloud)
    const heard: string[] = []
    client.on('message', (topic, payload) => void heard.push(`${topic} ${payload}`))
    const { publish } = context()
    const order = { workspaceId: WORKSPACE.id, serial: G1, topic: 'thing/payload/orders', message: { n: 1 } }
    await publish(order)
    await expect.poll(() => heard).toEqual([`thing/product/${G1}/payload/orders {"n":1}`])
    await expect(publish({ ...order, workspaceId: OTHER })).rejects.toMatchObject({ code: 'DEVICE_UNKNOWN' })
    await expect(publish({ ...order, serial: G2 })).rejects.toMatchObject({ code: 'DEVICE_UNKNOWN' })
    await expect(publish({ ...order, topic: 'thing/services' })).rejects.toThrow(
      /does not list "thing\/services" in its part topics/,
    )
    // What the cloud says no device may say.
    const no = new Promise((resolve) => cloud.cloud.on('mqtt.refused', resolve))
    await client.publishAsync(`thing/product/${G1}/payload/orders`, '{}', { qos: 1 })
    expect(await no).toMatchObject({ reason: 'not_listed' })
  })

  it('a handler that is never done holds up nobody', async () => {
    let handled = 0
    const { made } = plugin({
      'thing/payload/report': deviceTopic({
        publisher: 'gateway',
        input: z.looseObject({}),
        handle() {
          handled += 1
          return new Promise(() => undefined)
        },
      }),
    })
    const cloud = await start({ plugins: [made] })
    const client = await controller(cloud)
    for (let sent = 0; sent < 10; sent += 1)
      await client.publishAsync(`thing/product/${G1}/payload/report`, '{}', { qos: 1 })
    await expect.poll(() => handled).toBe(10)
    const osd = new Promise((resolve) => cloud.cloud.on('device.osd', resolve))
    await client.publishAsync(`thing/product/${G1}/osd`, JSON.stringify({ data: { height: 3 } }), { qos: 0 })
    expect(await osd).toMatchObject({ serial: G1 })
  })
})
