import { afterEach, describe, expect, it } from 'vitest'
import type { DjiCloudOptions } from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'

const clouds: TestCloud[] = []
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

const TRACE = {
  format: 'dji-cloud-trace',
  version: 1,
  startedAt: '2026-01-31T13:05:09.000Z',
  userAgent: 'a made-up browser',
  screen: { width: 1920, height: 1200, ratio: 1 },
  methods: [],
  entries: [],
}

async function leave(options: DjiCloudOptions, headers: Record<string, string>): Promise<number> {
  const cloud = await startCloud({ recorder: true, ...options })
  clouds.push(cloud)
  const { status } = await ask(cloud.url, '/pilot/traces', { method: 'POST', headers, body: TRACE })
  return status
}

const PUBLIC = { publicUrl: 'https://cloud.example.com' }

describe('who may leave a trace', () => {
  it.each<[string, DjiCloudOptions, Record<string, string>, number]>([
    ['a page at an address', {}, {}, 200],
    ['a page at the public name', PUBLIC, { host: 'cloud.example.com' }, 200],
    ['a page at a name of the network', {}, { host: 'workshop.local:3000' }, 200],
    // A hostile page whose name was pointed at this machine: to the browser that is the same origin.
    ['a page at any other name', {}, { host: 'rebound.example.net' }, 403],
    ['a page at any other name, beside a public one', PUBLIC, { host: 'rebound.example.net' }, 403],
    ['a page that may not send our header', {}, { 'x-dji-recorder': '' }, 403],
  ])('%s', async (_name, options, headers, status) => {
    expect(await leave(options, { 'x-dji-recorder': '1', ...headers })).toBe(status)
  })
})
