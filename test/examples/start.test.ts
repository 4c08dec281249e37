import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cleanEnvironment } from '../support/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe.each(['express', 'koa'])('starting the %s example', (name) => {
  it('prints the access link, the MQTT address and the login, once; they work; it stops on SIGTERM', async () => {
    // What `npm start` runs behind the step that embeds the views; npm itself would keep the signal from it.
    const example = spawn(process.execPath, ['--import', 'tsx', `examples/${name}/main.ts`], {
      cwd: root,
      env: { ...cleanEnvironment(), PORT: '0', MQTT_PORT: '0', MOUNT: '/drones' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void example.kill('SIGKILL'))
    const gone = once(example, 'exit')
    const lines: string[] = []
    for await (const line of createInterface(example.stdout)) {
      lines.push(line)
      if (/^ +MQTT /.test(line)) break
    }
    const printed = lines.join('\n')

    const [, link = ''] = /access link {2}(http:\/\/\S+:\d+\/drones\/pilot)/.exec(printed) ?? []
    const [, here = ''] =
      /simulator {4}(http:\/\/localhost:\d+\/drones\/pilot)\/simulator$/m.exec(printed) ?? []
    const [, mqtt] = /MQTT {9}(tcp:\/\/\S+:[1-9]\d*)$/m.exec(printed) ?? []
    expect((await fetch(here)).status).toBe(200)
    const page = await fetch(link)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form')])

    const logins = [...printed.matchAll(/login {8}(\w+), password (\S+)/g)]
    expect(logins).toHaveLength(1)
    const [, username, password] = logins[0] ?? []
    const answer = await fetch(link.replace(/pilot$/, 'manage/api/v1/login'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password, flag: 2 }),
    })
    expect(await answer.json()).toMatchObject({ code: 0, data: { mqtt_addr: mqtt } })

    example.kill('SIGTERM')
    expect(await gone).toEqual([0, null])
  }, 60_000)
})
