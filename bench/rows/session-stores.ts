import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../../test/support/redis.ts'
import { compare } from '../compare.ts'
import type { Row } from '../row.ts'

// A look-up outside the process costs time. With these goals, a node still answers some thousand requests per second.
const REDIS = { atLeast: 0.5 }
const SQLITE = { atLeast: 0.25 }
const IN_MEMORY = ['express', 'authenticated', 'mounted']
const against = (place: string) => compare([...IN_MEMORY, place], IN_MEMORY)

export const sessionStores: readonly Row[] = [
  {
    name: 'GET workspaces/current: sessions in Redis / in memory',
    goal: REDIS,
    unit: '',
    async measure() {
      const redis = await startRedis()
      return against(redis.url).finally(redis.remove)
    },
  },
  {
    name: 'GET workspaces/current: sessions in SQLite / in memory',
    goal: SQLITE,
    unit: '',
    async measure() {
      const folder = await mkdtemp(join(tmpdir(), 'dji-cloud-bench-'))
      return against(join(folder, 'cloud.db')).finally(() => rm(folder, { recursive: true, force: true }))
    },
  },
]
