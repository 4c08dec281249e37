import { generateKeyPairSync } from 'node:crypto'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { memoryDevices, memorySessions } from '../../src/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'

const OLD = 'an obviously fake secret for these tests, the old'
const NEW = 'an obviously fake secret for these tests, the new'
const GATEWAY = 'RCFAKE00000001'

const pair = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** The host of one deployment after another, over one session store. */
test.each<[string, readonly DjiCloudOptions[]]>([
  ['a secret is replaced', [{ secret: OLD }, { secret: [NEW, OLD] }, { secret: NEW }]],
  ['a secret gives way to a key pair', [{ secret: OLD }, { secret: OLD, keys: [pair] }, { keys: [pair] }]],
])('%s and nobody is logged out on the way', async (_name, deployments) => {
  const shared = {
    sessions: memorySessions(),
    devices: memoryDevices(),
    users: testUsers(),
    logger: false,
    mqtt: { port: 0, host: '127.0.0.1' },
  } as const
  let token = ''
  let mqtt: { username: string; password: string } | undefined

  for (const [index, deployment] of deployments.entries()) {
    const host = await startHost(
      { framework: 'express 5', mount: '', parser: 'none' },
      { ...shared, ...deployment },
    )
    await host.cloud.ready()
    const post = (path: string, body: unknown) =>
      ask(host.url, `/manage/api/v1${path}`, { method: 'POST', body, headers: { 'x-auth-token': token } })
    if (token === '')
      token = String(
        (await post('/login', { username: 'amelia', password: PASSWORD })).json.data?.access_token,
      )
    expect((await post('/token/verify', {})).status).toBe(200)
    // Pilot connects again with the password that it was given days ago.
    const last = index === deployments.length - 1
    if (mqtt === undefined || last)
      mqtt = (await post('/mqtt/credentials', { gateway_sn: GATEWAY })).json.data as typeof mqtt
    const client = await connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
      username: mqtt?.username ?? '',
      password: mqtt?.password ?? '',
      clientId: GATEWAY,
      reconnectPeriod: 0,
    })
    await client.endAsync()
    token = String((await post('/token/refresh', {})).json.data?.access_token)
    await host.close()
  }
})
