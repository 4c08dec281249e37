import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchLinks } from '../../src/cli/fleet/links.ts'
import { watch } from '../../src/cli/fleet/watcher.ts'
import { createVirtualPilot } from '../../src/testing/index.ts'
import { PILOT, startCloud, type TestCloud } from '../support/cloud.ts'

describe('the connections of a fleet', () => {
  it('that break and come back are no loss, those that stay away are', () => {
    const up = [true, true, true]
    const links = watchLinks(up.map((_, index) => () => up[index] === true))
    expect(links.look()).toBe(3)
    up[0] = false
    up[1] = false
    expect([links.look(), links.lost(), links.returned()]).toEqual([1, 2, 0])
    up[0] = true
    expect([links.look(), links.lost(), links.returned()]).toEqual([2, 1, 1])
  })
})

describe('the front end of a fleet', () => {
  let cloud: TestCloud
  beforeAll(async () => {
    cloud = await startCloud()
  })
  afterAll(() => cloud.close())

  it('connects again, with another login, when its session is gone, and hears what comes then', async () => {
    const heard: string[] = []
    const watcher = await watch(cloud.link, PILOT, (serial) => void heard.push(serial))
    const pilot = createVirtualPilot({ url: cloud.link, knobs: { osdIntervalMs: 50 } })
    try {
      expect([watcher.isOpen(), watcher.broke()]).toEqual([true, 0])
      await cloud.cloud.sessions.end({})
      await expect.poll(() => watcher.broke(), { timeout: 10_000 }).toBe(1)
      await expect.poll(() => watcher.isOpen(), { timeout: 10_000 }).toBe(true)
      await pilot.login(PILOT.username, PILOT.password)
      await expect.poll(() => heard.includes(pilot.aircraft?.serial ?? ''), { timeout: 10_000 }).toBe(true)
    } finally {
      await pilot.close()
      await watcher.close()
    }
    expect(watcher.broke()).toBe(1)
  }, 40_000)
})
