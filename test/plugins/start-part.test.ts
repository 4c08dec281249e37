import { expect, it } from 'vitest'
import { createDjiCloud, DjiCloudError, isDjiCloudError } from '../../src/index.ts'
import { definePlugin, loadPackage } from '../../src/plugin.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { closing } from './start.ts'

function platform(start: () => unknown, id = 'needy') {
  const logs = recordLogs()
  const plugin = definePlugin({ id, setup: () => ({ start }) })
  const cloud = createDjiCloud({ broker: idleBroker(), logger: logs.logger, plugins: [plugin] })
  closing.push(cloud)
  return { cloud, logs }
}

it('ready() waits for the start of a plugin', async () => {
  let go = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    go = resolve
  })
  let started = false
  const { cloud } = platform(async () => {
    await opened
    started = true
  })
  const ready = cloud.ready().then(() => started)
  expect(started).toBe(false)
  go()
  expect(await ready).toBe(true)
})

it.each<[string, () => unknown]>([
  ['rejects', () => loadPackage('a-package-that-nobody-has', 'the plugin needy')],
  [
    'throws',
    () => {
      throw new DjiCloudError('PACKAGE_MISSING', { message: 'npm install a-package-that-nobody-has' })
    },
  ],
])('a plugin that %s is the error of ready(), and the log names it', async (_name, start) => {
  const { cloud, logs } = platform(start)
  const failure: unknown = await cloud.ready().catch((error: unknown) => error)
  expect(isDjiCloudError(failure) && failure.code).toBe('PACKAGE_MISSING')
  expect((failure as Error).message).toContain('npm install a-package-that-nobody-has')
  expect(logs.lines).toContainEqual(
    expect.objectContaining({
      message: 'A plugin did not start. See the error.',
      fields: expect.objectContaining({ plugin: 'needy' }),
    }),
  )
  expect(logs.lines.filter(({ message }) => message.startsWith('The MQTT broker did not start'))).toEqual([])
})

it('the platform closes although a plugin did not start', async () => {
  const { cloud } = platform(() => Promise.reject(new Error('no')))
  await cloud.ready().catch(() => undefined)
  await cloud.close()
  expect(cloud.health().status).toBe('stopped')
})
