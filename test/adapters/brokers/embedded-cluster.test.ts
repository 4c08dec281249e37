import { expect, test } from 'vitest'
import { startBroker } from '../../support/mqtt-broker.ts'
import { withRedis } from '../../support/stores.ts'

withRedis('an embedded broker that shares a Redis', (redis) => {
  // An unhandled rejection would fail the run, as it would end a host's process.
  test('stops in time, and quietly, when its Redis is gone', async () => {
    const broker = await startBroker({ options: { redis: redis().url } })
    const client = await broker.connect('tcp 5')
    expect(client.connected).toBe(true)
    await redis().stop('SIGKILL')
    await broker.stop()
  }, 15_000)
})
