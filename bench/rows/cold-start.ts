import { start, stop } from '../child.ts'
import { median, type Row } from '../row.ts'

const PAIRS = 9

async function timeOf(how: string, what: 'ours' | 'packages'): Promise<number> {
  const { child, hello } = await start<{ took: number }>('cold.mjs', how, what)
  await stop(child)
  return hello.took
}

/**
 * The time to import and construct, without a plugin, divided by the time of a program that only imports the packages that such
 * an app needs. It can be below 1, because code that is not needed at the start is loaded later.
 */
const row = (how: 'import' | 'require', name: string): Row => ({
  name: `cold start over importing express, aedes, jsonwebtoken, zod, ejs and ws, ${name}`,
  goal: { atMost: 0.9 },
  unit: '',
  async measure() {
    const pairs: { readonly ours: number; readonly packages: number }[] = []
    for (let turn = 0; turn < PAIRS; turn += 1) {
      // Each program runs first in half of the rounds: if the machine gets slower meanwhile, both are affected.
      if (turn % 2 === 0) {
        const ours = await timeOf(how, 'ours')
        pairs.push({ ours, packages: await timeOf(how, 'packages') })
      } else {
        const packages = await timeOf(how, 'packages')
        pairs.push({ ours: await timeOf(how, 'ours'), packages })
      }
    }
    const of = (what: 'ours' | 'packages') => Math.round(median(pairs.map((pair) => pair[what])))
    return {
      value: median(pairs.map(({ ours, packages }) => ours / packages)),
      detail: `${of('ours')} ms against ${of('packages')} ms, ${PAIRS} pairs of fresh processes`,
    }
  },
})

export const coldStart = [row('import', 'ESM'), row('require', 'CJS')]
