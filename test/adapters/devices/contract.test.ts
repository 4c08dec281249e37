import { describe, test } from 'vitest'
import { memoryDevices } from '../../../src/adapters/devices/memory.ts'
import { redisDevices } from '../../../src/adapters/devices/redis.ts'
import { sqlDevices } from '../../../src/adapters/devices/sql.ts'
import { deviceStoreContract } from '../../../src/testing/contracts/index.ts'
import { withPostgres, withRedis, withSqlite } from '../../support/stores.ts'

deviceStoreContract({ name: 'memory', make: memoryDevices, shared: false, describe, test })

withRedis('redis', (redis) => {
  deviceStoreContract({
    name: 'redis',
    make: () => redisDevices({ url: redis().url }),
    lasting: true,
    describe,
    test,
  })
})

withPostgres('postgresql', (node) => {
  deviceStoreContract({
    name: 'postgresql',
    make: () => sqlDevices({ db: node() }),
    lasting: true,
    describe,
    test,
  })
})

withSqlite('sqlite', (node) => {
  deviceStoreContract({
    name: 'sqlite',
    make: () => sqlDevices({ db: node() }),
    lasting: true,
    describe,
    test,
  })
})
