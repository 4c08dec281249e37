import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { hasEngine } from '../support/chromium.ts'
import { cleanEnvironment } from '../support/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const shots = `${root}shots/`

/** What a program prints, line by line: also lines of before somebody waited. */
function linesOf(stream: NodeJS.ReadableStream) {
  const lines: string[] = []
  let wake: (() => void)[] = []
  createInterface(stream).on('line', (line) => {
    lines.push(line)
    for (const go of wake.splice(0)) go()
  })
  return {
    async next(wanted: RegExp, from = 0): Promise<RegExpExecArray> {
      for (let at = from; ; at += 1) {
        while (lines.length <= at) await new Promise<void>((resolve) => (wake = [...wake, resolve]))
        const found = wanted.exec(lines[at] ?? '')
        if (found !== null) return found
      }
    },
    mark: () => lines.length,
  }
}

// "No drone on the desk": what `npm start` starts, the address that it prints, the login that it prints, and a browser.
it.skipIf(!hasEngine('chromium'))(
  'a new user sees an aircraft come online in the example, go, and come back after an outage',
  async () => {
    await mkdir(shots, { recursive: true })
    const example = spawn(process.execPath, ['--import', 'tsx', 'examples/express/main.ts'], {
      cwd: root,
      env: { ...cleanEnvironment(), PORT: '0', MQTT_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void example.kill('SIGKILL'))
    const said = linesOf(example.stdout)
    const [, username = '', password = ''] = await said.next(/login +(\w+), password (\S+)/)
    const [simulator] = await said.next(/http:\/\/localhost:\d+\/pilot\/simulator/)

    const browser = await openBrowser('chromium')
    onTestFinished(() => browser.close())
    const { page } = browser
    const frame = `document.getElementById('frame').contentDocument`
    const shoot = (name: string) => page.screenshot(`${shots}start-${name}.png`)
    await page.size(1600, 900)
    await page.goto(simulator ?? '')
    await page.click('#open')
    await page.waitFor(
      `${frame}.getElementById('login-form') && !${frame}.getElementById('login-submit').disabled`,
    )
    await shoot('1-login')
    await page.evaluate(`(${frame}.getElementById('username').value = ${JSON.stringify(username)},
      ${frame}.getElementById('password').value = ${JSON.stringify(password)},
      ${frame}.getElementById('login-submit').click())`)

    await said.next(/^Mavic 3E 1581FAKE\w+ is online/)
    await page.waitFor(`${frame}.querySelector('[data-step="load:tsa"][data-status="ok"]')`)
    await shoot('2-online')

    await page.click('#aircraft')
    await said.next(/^1581FAKE\w+ is offline/)
    await page.waitFor(`document.querySelector('#pill-aircraft b').textContent === 'off'`)
    await shoot('3-aircraft-off')
    const before = said.mark()
    await page.click('#aircraft')
    await said.next(/^Mavic 3E .* is online/, before)

    const cut = said.mark()
    await page.click('#network')
    await said.next(/^controller RCFAKE\w+ is offline/, cut)
    await shoot('4-network-cut')
    const back = said.mark()
    await page.click('#network')
    await said.next(/^controller RCFAKE\w+ is online/, back)
    await said.next(/^Mavic 3E .* is online/, back)
    await page.waitFor(`document.querySelector('#pill-mqtt b').textContent === 'connected'`)
    await page.waitFor(`/Connected/.test(${frame}.body.innerText)`)
    await shoot('5-recovered')
    expect(page.problems()).toEqual([])

    example.kill('SIGTERM')
    expect(await once(example, 'exit')).toEqual([0, null])
  },
  90_000,
)
