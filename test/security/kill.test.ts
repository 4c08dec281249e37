import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { PASSWORD } from '../support/accounts.ts'
import { startHost } from '../support/host-program.ts'
import { withPostgres, withRedis } from '../support/stores.ts'

const GATEWAY = 'RCFAKE00000001'

async function outlives(storeUrl: string): Promise<void> {
  const before = await startHost(storeUrl)
  const login = await before.post('/login', '', { username: 'amelia', password: PASSWORD })
  const token = String(login.json.data?.access_token)
  const credentials = await before.post('/mqtt/credentials', token, { gateway_sn: GATEWAY })
  const { username, password } = credentials.json.data as { username: string; password: string }
  const other = await before.post('/login', '', { username: 'bert', password: PASSWORD })
  await before.post('/logout', String(other.json.data?.access_token))
  await before.kill()

  const after = await startHost(storeUrl)
  try {
    expect((await after.post('/token/verify', token)).status).toBe(200)
    const client = await connectAsync(after.mqtt, {
      username,
      password,
      clientId: GATEWAY,
      reconnectPeriod: 0,
    })
    await client.endAsync()
    expect((await after.post('/token/refresh', token)).status).toBe(200)
    // What had ended has stayed ended, and what was held is still held.
    expect(
      (await after.post('/token/verify', String(other.json.data?.access_token))).json.data,
    ).toMatchObject({ status: 'ended', reason: 'logout' })
    const stranger = await after.post('/login', '', { username: 'bert', password: PASSWORD })
    expect(
      (
        await after.post('/mqtt/credentials', String(stranger.json.data?.access_token), {
          gateway_sn: GATEWAY,
        })
      ).status,
    ).toBe(403)
  } finally {
    await after.kill()
  }
}

withRedis('a host with its sessions in Redis', (redis) => {
  test(
    'is killed: tokens and MQTT passwords work after the restart, without a login',
    () => outlives(redis().url),
    60_000,
  )
})

withPostgres('a host with its sessions in PostgreSQL', (_node, postgres) => {
  test(
    'is killed: tokens and MQTT passwords work after the restart, without a login',
    () => outlives(postgres().url),
    60_000,
  )
})
