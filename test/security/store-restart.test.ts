import pg from 'pg'
import { expect, test } from 'vitest'
import { PASSWORD } from '../support/accounts.ts'
import { startHost } from '../support/host-program.ts'
import { withPostgres, withRedis } from '../support/stores.ts'

/** What is done to the store while requests run; `status` is what the host answers. Returns when it takes connections again. */
type Harm = (status: () => Promise<number>) => Promise<void>

const away = (status: () => Promise<number>) => expect.poll(status, { timeout: 10_000 }).toBe(503)

/** Requests without a pause, from several at once, while the store is harmed: the host lives, says 503, and recovers. */
async function survives(storeUrl: string, harms: readonly Harm[]): Promise<void> {
  const host = await startHost(storeUrl)
  let busy = true
  const seen = new Set<number>()
  try {
    const login = await host.post('/login', '', { username: 'amelia', password: PASSWORD })
    const token = String(login.json.data?.access_token)
    const verify = async () => (await host.post('/token/verify', token)).status
    const loops = Array.from({ length: 8 }, async () => {
      while (busy) seen.add(await verify().catch(() => 0))
    })
    for (const harm of harms) {
      await harm(verify)
      await expect.poll(verify, { timeout: 15_000, interval: 100 }).toBe(200)
      expect(host.ended()).toBeNull()
    }
    busy = false
    await Promise.all(loops)
    // 0 would be a request that found nobody, 401 a pilot who is sent away.
    expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(host.ended()).toBeNull()
  } finally {
    busy = false
    await host.kill()
  }
}

withPostgres('a host with its stores in PostgreSQL', (_node, postgres) => {
  const killBackends: Harm = async () => {
    const client = new pg.Client({ connectionString: postgres().url })
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    // Any one of them takes all the others with it: the server starts over.
    for (const { pid } of rows.slice(0, 1)) process.kill(pid, 'SIGKILL')
    await client.end().catch(() => undefined)
  }
  const restart = (signal: NodeJS.Signals): Harm => {
    return async (status) => {
      await postgres().stop(signal)
      await away(status)
      // After SIGKILL its children hold the memory for a moment longer.
      await expect
        .poll(
          () =>
            postgres()
              .start()
              .then(() => 'up', String),
          { timeout: 15_000 },
        )
        .toBe('up')
    }
  }

  test('outlives restarts, a killed backend and a killed server, under load', async () => {
    // SIGINT is what `restart -m fast` sends.
    const harms = [restart('SIGINT'), restart('SIGINT'), restart('SIGINT'), killBackends, restart('SIGKILL')]
    await survives(postgres().url, harms)
  }, 90_000)
})

withRedis('a host with its stores in Redis', (redis) => {
  test('outlives restarts and a killed server, under load', async () => {
    const restart = (signal: NodeJS.Signals): Harm => {
      return async (status) => {
        await redis().stop(signal)
        await away(status)
        await redis().start()
      }
    }
    await survives(redis().url, [restart('SIGTERM'), restart('SIGKILL')])
  }, 90_000)
})
