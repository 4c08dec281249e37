import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createStartUp, type StartUpParts } from '../../src/start-up/index.ts'
import { run } from '../support/run.ts'

const cwd = fileURLToPath(new URL('../../', import.meta.url))
const host = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, ['--import', 'tsx', 'test/programs/start-up-host.ts', ...words], { cwd, env })

describe('the start-up lines of a host', () => {
  it.each([
    ['attached before it listens', ['attach']],
    ['found with its first request', []],
  ])('in development, %s', async (_name, words) => {
    const { stdout, stderr, code } = await host(words)
    expect({ code, stderr: stderr.replace(/dji-cloud warn: .*license.*/, '').trim() }).toEqual({
      code: 0,
      stderr: '',
    })
    const port = /^port (\d+)$/m.exec(stdout)?.[1]
    const lines = stdout.split('\n').filter((line) => !line.startsWith('port '))
    const text = lines.join('\n')
    expect(text).toMatch(new RegExp(`access link {2}http://[^/ ]+:${port}/drones/pilot( |$)`, 'm'))
    expect(text).toMatch(new RegExp(`simulator {4}http://localhost:${port}/drones/pilot/simulator$`, 'm'))
    expect(text).toMatch(/login +pilot, password \w{4}-\w{4}-\w{4}$/m)
    expect(text).toMatch(/MQTT +tcp:\/\/[^/ ]+:\d+$/m)
    expect(text.match(/pilot, password/g)).toHaveLength(1)
  })

  it.each([
    ['in production', ['attach', 'production'], { NODE_ENV: 'production' }],
    ['in tests', ['attach'], { NODE_ENV: 'test' }],
    ['with logger: false', ['attach', 'silent'], {}],
  ])('are not shown %s', async (_name, words, env) => {
    const { stdout, stderr, code } = await host(words, env as Record<string, string>)
    expect(code, stderr).toBe(0)
    expect(stdout.replace(/^port \d+$/m, '').trim()).toBe('')
    expect(stdout + stderr).not.toMatch(/password \w{4}-|only-for-this-test/)
  })
})

describe('with a terminal', () => {
  async function shown(more: Partial<StartUpParts>, screen: StartUpParts['screen']): Promise<string[]> {
    const printed: string[] = []
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const done = new Promise<void>((resolve) => {
      const startUp = createStartUp({
        ...{ publicUrl: undefined, simulator: true, login: 'somebody', isGenerated: false },
        mqtt: (name) => `tcp://${name}:1883`,
        ready: Promise.resolve(),
        print: (line) => printed.push(line),
        screen: screen ?? {},
        env: { LANG: 'en_US.UTF-8' },
        interfaces: () => [{ name: 'eth0', address: '192.168.1.20', family: 'IPv4', internal: false }],
        shown: resolve,
        ...more,
      })
      startUp.serves(server, '')
      startUp.serves(server, '/again')
    })
    await done
    server.close()
    return printed
  }

  it('the link is also a QR code, once', async () => {
    const lines = await shown({}, { isTTY: true, columns: 80 })
    expect(lines.slice(0, 4).join('\n')).toMatch(/http:\/\/192\.168\.1\.20:\d+\/pilot\n/)
    expect(lines.length).toBeGreaterThan(15)
    expect(lines.filter((line) => line.includes('access link'))).toHaveLength(1)
    expect(lines[4]).toContain('\u001B[')
  })

  it('NO_COLOR is respected', async () => {
    const lines = await shown({ env: { LANG: 'en_US.UTF-8', NO_COLOR: '1' } }, { isTTY: true, columns: 80 })
    expect(lines.length).toBeGreaterThan(15)
    expect(lines.join('')).not.toContain('\u001B[')
  })

  it.each([
    ['no terminal', {}],
    ['a narrow terminal', { isTTY: true, columns: 30 }],
  ])('%s gets the lines alone', async (_name, screen) => {
    expect(await shown({}, screen)).toHaveLength(4)
  })

  it('a broker that failed is named, and the rest is shown', async () => {
    const failed = Promise.reject(new Error('no broker'))
    const lines = await shown({ ready: failed }, {})
    expect(lines.join('\n')).toMatch(/access link[\s\S]*MQTT +the broker did not start/)
  })
})
