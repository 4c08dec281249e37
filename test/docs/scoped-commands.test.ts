import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What commands a device, or takes it from its workspace. */
const COMMANDS = ['callService', 'setProperties', 'sendDrcCommand', 'disconnect', 'claim', 'release']
/** Without `in(...)` these reach every workspace: a route made of one would let a tenant command another's aircraft. */
const UNSCOPED = new RegExp(`\\b\\w+\\.devices\\s*\\??\\.\\s*(${COMMANDS.join('|')})\\b`, 'g')
/** A name for all devices would hide the same. */
const ALIAS =
  /\bdevices\b[^=\n]*=\s*(?:cloud|context)\b(?!\.devices\.in\()|=\s*(?:cloud|context)\.devices\b(?!\s*\.)/g

const texts = ['docs', 'examples', 'README.md'].flatMap((path) =>
  (path.endsWith('.md')
    ? [path]
    : readdirSync(root + path, { recursive: true, encoding: 'utf8' }).map((file) => `${path}/${file}`)
  ).filter((file) => /\.(md|m?ts|m?js|vue|tsx)$/.test(file) && !file.includes('node_modules')),
)

const unscopedIn = (text: string): string[] =>
  [...text.matchAll(UNSCOPED), ...text.matchAll(ALIAS)]
    .map(([found]) => found)
    .filter((found) => !/^(dji|request|state)\.devices/.test(found))

it('documents and examples command devices of one workspace only', () => {
  expect(texts.length).toBeGreaterThan(30)
  expect(
    texts.flatMap((file) =>
      unscopedIn(readFileSync(root + file, 'utf8')).map((found) => `${file}: ${found}`),
    ),
  ).toEqual([])
})

it.each([
  'cloud.devices.callService(serial)',
  'cloud.devices\n  .disconnect(serial)',
  'await context.devices.setProperties(serial, {})',
  'const { devices } = cloud',
  'const fleet = cloud.devices\n',
])('would find %j', (text) => {
  expect(unscopedIn(text)).toHaveLength(1)
})

it.each([
  'cloud.devices.in(workspaceId).callService(serial)',
  'const devices = cloud.devices.in(workspaceId)',
  'request.dji.devices.callService(serial)',
  'cloud.devices.onRequest("config", handler)',
  'cloud.devices.list()',
])('allows %j', (text) => {
  expect(unscopedIn(text)).toEqual([])
})
