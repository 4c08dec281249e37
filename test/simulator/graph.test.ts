import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../support/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Which of our modules a process has loaded: V8's own coverage lists every script, imported in whichever way. */
async function loadedBy(options: object, paths: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dji-cloud-graph-'))
  try {
    const program = `
      import './src/index.ts'
      import { createPlatform } from './src/dji-cloud.ts'
      const { cloud, internals } = createPlatform(${JSON.stringify({ logger: false, mqtt: { host: '127.0.0.1', port: 0 }, ...options })})
      await cloud.ready()
      for (const path of ${JSON.stringify(paths)})
        await internals.http.handle({ method: 'GET', path, mount: '', query: new URLSearchParams(), headers: {}, secure: false,
          host: 'localhost', address: '127.0.0.1', readBody: async () => ({ kind: 'none' }) })
      await cloud.close()`
    const { code, stderr } = await run(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { cwd: root, env: { NODE_V8_COVERAGE: folder } },
    )
    expect(code, stderr).toBe(0)
    const reports = await Promise.all(
      (await readdir(folder)).map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))),
    )
    const urls = (reports as { result: { url: string }[] }[]).flatMap(({ result }) =>
      result.map(({ url }) => url),
    )
    return [...new Set(urls.flatMap((url) => /\/src\/(.+\.ts)/.exec(url)?.[1] ?? []))]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const TOOLS = /^(plugins\/\w+\/(?!index|names|controls|admission)|testing\/|doctor\/|cli\/)/
const PAGES = ['/pilot', '/pilot/login', '/pilot/simulator']
const PRODUCTION = {
  environment: 'production',
  secret: 'a-secret-of-a-test-that-nobody-else-has',
  publicUrl: 'https://cloud.example.com',
  mqtt: { url: 'ssl://mqtt.example.com:8883', host: '127.0.0.1', port: 0 },
  license: { appId: '100000', appKey: 'fake-app-key', appLicense: 'RkFLRS1MSUNFTkNF' },
  users: [{ username: 'pia', password: 'only-for-a-test' }],
  insecure: ['plain-passwords'],
}

it('loads nothing of the simulator, the recorder or the virtual Pilot in production', async () => {
  const loaded = await loadedBy(PRODUCTION, PAGES)
  expect(loaded).toContain('core/cloud.ts')
  expect(loaded.filter((path) => TOOLS.test(path))).toEqual([])
}, 60_000)

it('loads the simulator in development with its first request, and not before', async () => {
  expect((await loadedBy({}, ['/pilot'])).filter((path) => TOOLS.test(path))).toEqual([])
  expect(await loadedBy({}, PAGES)).toEqual(
    expect.arrayContaining([
      'plugins/simulator/desk.ts',
      'testing/virtual-pilot.ts',
      'plugins/simulator/assets.gen.ts',
    ]),
  )
}, 90_000)
