import { start, stop } from '../child.ts'
import { median, type Row } from '../row.ts'

const PROCESSES = 7

const row = (how: 'import' | 'require', name: string): Row => ({
  name: `import plus construct, cold, ${name}`,
  goal: { atMost: 150 },
  unit: 'ms',
  async measure() {
    const times: number[] = []
    for (let turn = 0; turn < PROCESSES; turn += 1) {
      const { child, hello } = await start<{ took: number }>('cold.mjs', how)
      await stop(child)
      times.push(hello.took)
    }
    return {
      value: median(times),
      detail: `${times.map(Math.round).join(', ')} ms in ${PROCESSES} fresh processes`,
    }
  },
})

export const coldStart = [row('import', 'ESM'), row('require', 'CJS')]
