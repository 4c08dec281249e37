import { startRedis } from '../../test/support/redis.ts'
import { start, stop } from '../child.ts'
import type { Row } from '../row.ts'

const ATTACKS = {
  unreleased: '20 connections that begin 100 QoS 2 messages of 240 KiB each',
  queue: '2,000 messages of 240 KiB for a session that is away',
  sessions: '1,000 sessions that nobody comes back to',
} as const

interface Kept {
  /** Bytes of the process, and of Redis. */
  readonly bytes: number
  readonly redisBytes: number
  /** The cost of one message after the attack. */
  readonly ms: number
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** All attacks, each at its own broker. The value is the memory that stays in use after the worst one. */
async function measureAll(redis?: { readonly url: string }) {
  const figures: { text: string; size: number }[] = []
  for (const [attack, words] of Object.entries(ATTACKS)) {
    const more = redis === undefined ? [] : [redis.url]
    const { child, hello } = await start<Kept>('kept.mjs', attack, ...more)
    await stop(child)
    const { bytes, redisBytes, ms } = hello
    const inRedis = redis === undefined ? '' : ` and ${mebibytes(redisBytes)} in Redis`
    figures.push({
      size: (bytes + redisBytes) / 1024 / 1024,
      text: `${words}: ${mebibytes(bytes)}${inRedis}, a message then ${ms.toFixed(2)} ms`,
    })
  }
  return {
    value: Math.max(...figures.map(({ size }) => size)),
    detail: figures.map(({ text }) => text).join('; '),
  }
}

export const kept: readonly Row[] = [
  {
    name: 'memory that one gateway can make the embedded broker keep',
    goal: { atMost: 8 },
    unit: 'MiB',
    measure: () => measureAll(),
  },
  {
    name: 'memory that one gateway can make the embedded broker and its Redis keep',
    goal: { atMost: 8 },
    unit: 'MiB',
    async measure() {
      const redis = await startRedis()
      return measureAll(redis).finally(redis.remove)
    },
  },
]
