import { start, stop } from '../child.ts'
import type { Row } from '../row.ts'

const ATTACKS = {
  unreleased: '20 connections that begin 100 QoS 2 messages of 240 KiB each',
  queue: '2,000 messages of 240 KiB for a session that is away',
  sessions: '1,000 sessions that nobody comes back to',
} as const

export const kept: Row = {
  name: 'memory that one gateway can make the embedded broker keep',
  goal: { atMost: 8 },
  unit: 'MiB',
  async measure() {
    const figures: { text: string; size: number }[] = []
    for (const [attack, words] of Object.entries(ATTACKS)) {
      const { child, hello } = await start<{ bytes: number; ms: number }>('kept.mjs', attack)
      await stop(child)
      const size = hello.bytes / 1024 / 1024
      figures.push({
        size,
        text: `${words}: ${size.toFixed(1)} MiB, a message then ${hello.ms.toFixed(2)} ms`,
      })
    }
    return {
      value: Math.max(...figures.map(({ size }) => size)),
      detail: figures.map(({ text }) => text).join('; '),
    }
  },
}
