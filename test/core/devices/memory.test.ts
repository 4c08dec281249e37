import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createTelemetry, MAX_KEPT_BYTES } from '../../../src/core/devices/telemetry.ts'

const heard = (serial: string, data: object) => ({
  ...{ workspaceId: 'W1', gateway: 'G1', serial, at: 1 },
  data: data as Record<string, unknown>,
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const many = (length: number, of: (at: number) => string) => Array.from({ length }, (_, at) => of(at)).join()
/** Bytes, once the garbage of earlier tests is gone: hidden classes that nobody needs any more take some rounds. */
async function heap(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let calm = 0; calm < 5; ) {
    await setImmediate()
    collect()
    const { heapUsed } = process.memoryUsage()
    calm = heapUsed < least - 4096 ? 0 : calm + 1
    least = Math.min(least, heapUsed)
  }
  return least
}

// Each was several times as large as its text, which was the bound.
it.each<[string, (device: number, round: number) => string]>([
  ['empty objects', () => `[${many(300, () => '{}')}]`],
  ['empty lists', () => `[${many(300, () => '[]')}]`],
  ['lists in lists', () => `[${many(100, () => '[[[]]]')}]`],
  ['short texts', (device, round) => `[${many(200, (at) => `"${device}.${round}.${at}"`)}]`],
  ['texts of two bytes a letter', (device) => `"${device}${'\u0436'.repeat(3_000)}"`],
  ['numbers beside objects', () => `[${many(200, (at) => (at % 2 ? '{}' : '5e9'))}]`],
  [
    'objects with a key of their own',
    (device, round) => `[${many(40, (at) => `{"${device}.${round}.${at}":1}`)}]`,
  ],
  ['one object of such keys', (device, round) => `[{${many(40, (at) => `"${device}.${round}.${at}":1.5`)}}]`],
  ['keys that are indexes', () => '{"a":{"330":1},"b":{"330":1}}'],
  ['objects in objects', (device, round) => `{"${device}.${round}":{"${device},${round}":0.5}}`],
])('needs no more memory than was calculated: %s', async (_, text) => {
  const telemetry = createTelemetry()
  const names = Array.from({ length: 24 }, (_, at) => `A${at}`)
  const before = await heap()
  for (const [device, serial] of names.entries()) {
    let round = 0
    const tell = (into: 'osd' | 'state') =>
      telemetry[into](heard(serial, JSON.parse(`{"field${round}":${text(device, round)}}`) as object))
    for (; round < 5_000; round += 1) if (!tell(round % 2 === 0 ? 'osd' : 'state')) break
    expect(round).toBeLessThan(2 * 512 + 2)
  }
  const each = ((await heap()) - before) / names.length
  expect(telemetry.list()).toHaveLength(names.length)
  expect(each).toBeLessThan(MAX_KEPT_BYTES)
  expect(each).toBeGreaterThan(MAX_KEPT_BYTES / 8)
})

it('a device with the values of a real one uses a small part of the limit', () => {
  const telemetry = createTelemetry()
  const osd = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`some_field_of_osd_${at}`, at / 7]))
  const camera = {
    camera_index: '88-0-0',
    video_list: Array(4).fill({ video_index: 'normal-0', ok: true }),
  }
  const capacity = { live_capacity: { device_list: [{ sn: 'A1', camera_list: Array(20).fill(camera) }] } }
  expect(telemetry.osd(heard('A1', osd))).toBe(true)
  expect(telemetry.state(heard('A1', { firmware_version: '1', ...capacity }))).toBe(true)
})
