import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { STATES } from '../../scripts/gallery/states.ts'
import { PREVIEW_STATES } from '../../src/cli/preview/states.ts'
import { templateFault } from '../../src/cli/preview/template-fault.ts'
import { run } from '../../src/cli/program.ts'
import { buildPageData } from '../../src/core/pages/page.ts'
import { createRenderer } from '../../src/core/pages/render.ts'
import { TEMPLATES } from '../../src/views/embedded.gen.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { fakeTerminal } from './fake-terminal.ts'

let cwd: string
let end: () => Promise<unknown>
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dji-cloud-preview-'))
  await mkdir(join(cwd, 'views/partials'), { recursive: true })
  end = async () => undefined
})
afterEach(async () => {
  await end()
  await rm(cwd, { recursive: true })
})
const store = (name: string, text: string) => writeFile(join(cwd, name), text)

/** Runs the command until the end of the test. */
async function start(...words: string[]): Promise<string> {
  let shown = (_url: string): void => {}
  const url = new Promise<string>((resolve) => {
    shown = resolve
  })
  const terminal = fakeTerminal({
    cwd,
    onLine: (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
      if (found !== undefined) shown(found)
    },
  })
  const code = run(['preview', ...words], terminal)
  end = async () => {
    terminal.interrupt()
    expect(await code).toBe(0)
  }
  return Promise.race([
    url,
    code.then((ended) => {
      throw new Error(`It ended with ${ended}: ${terminal.err.join('\n')}`)
    }),
  ])
}
const get = async (url: string): Promise<string> => (await fetch(url)).text()

/** Sends the path as it is; fetch would tidy it up. */
async function statusOf(url: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  const sent = request({ host: '127.0.0.1', port: new URL(url).port, path, headers }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

/** The next event of the preview. @returns its file */
async function nextChange(url: string, change: () => Promise<unknown>): Promise<string> {
  const abort = new AbortController()
  const response = await fetch(`${url}/events`, { signal: abort.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  await change()
  let said = ''
  while (!said.includes('event: change')) said += new TextDecoder().decode((await reader.read()).value)
  abort.abort()
  return JSON.parse(/data: (.*)/.exec(said)?.[1] ?? '').file
}

describe('dji-cloud preview', () => {
  it('shows every state, with the templates, locals, texts and files of the host', async () => {
    await store('views/partials/header.ejs', `<header><%= hotline %> <%= t('own.duty') %></header>`)
    await store('locals.json', '{ "hotline": "555-0100" }')
    await store('texts.json', '{ "fr": { "own.duty": "Permanence", "login.title": "Connexion" } }')
    await store('logo.svg', '<svg/>')
    const url = await start('--locals', 'locals.json', '--messages', 'texts.json', '--static', '/static=.')
    const overview = await get(url)
    for (const { name } of PREVIEW_STATES) {
      expect(overview).toContain(`data-state="${name}"`)
      const html = await get(`${url}/frame/${name}?language=fr`)
      expect(html, name).toContain('<header>555-0100 Permanence</header>')
      expect(html, name).toContain('id="dji-cloud-data"')
    }
    expect(overview).toContain('<option>fr</option>')
    expect(await get(`${url}/frame/login?language=fr`)).toContain('<h1 id="login-title">Connexion</h1>')
    expect(await get(`${url}/static/logo.svg`)).toBe('<svg/>')
    for (const path of ['/static/../../etc/passwd', '/static/%2e%2e/%2e%2e/etc/passwd', '/static/none.js'])
      expect(await statusOf(url, path), path).toBe(404)
  })

  it('tells a saved template once, and shows it', async () => {
    await store('views/partials/header.ejs', '<header>before</header>')
    const url = await start()
    expect(await get(`${url}/frame/login`)).toContain('before')
    const file = await nextChange(url, async () => {
      await store('views/partials/header.ejs', '<header>be')
      await store('views/partials/header.ejs', '<header>after</header>')
    })
    expect(file).toBe('partials/header.ejs')
    expect(await get(`${url}/frame/login`)).toContain('<header>after</header>')
  })

  it('names a broken template with its line, and goes on', async () => {
    await store('views/partials/header.ejs', '<header>\n<%= hotlin %></header>')
    const url = await start()
    const broken = await get(`${url}/frame/home`)
    expect(broken).toContain('partials/header.ejs, line 2</code>')
    expect(broken).toContain('There is no local &quot;hotlin&quot;')
    await nextChange(url, () => store('views/partials/header.ejs', '<header>well</header>'))
    expect(await get(`${url}/frame/home`)).toContain('<header>well</header>')
  })

  it('shows theme, render function and plugins of a module', async () => {
    await store(
      'own.mjs',
      `export const theme = { mode: 'dark', light: { main: '#777777', onMain: '#888888' }, radius: 3 }
      export const render = async (page, locals, next) => (await next()).replace('</body>', '<i>' + page + '</i></body>')
      export const plugins = [{ id: 'tide', pages: {
        slots: { 'home.panels': '<section id="tide"><%= t("tide.title") %></section>' },
        texts: { en: { 'tide.title': 'Tide' } }, scripts: { home: 'window.tide = 1' }, style: '#tide{color:red}',
      } }]`,
    )
    const url = await start('--module', 'own.mjs')
    const home = await get(`${url}/frame/home`)
    expect(home).toContain('<html lang="en" data-theme="dark">')
    expect(home).toContain(':root{--main:#777777;--on-main:#888888;--radius:3px}')
    expect(home).toContain('<i>home</i>')
    expect(home).toContain('<section id="tide">Tide</section>')
    const [, style = ''] = /href="([^"]+plugin\.tide\.css)"/.exec(home) ?? []
    expect(await get(url + style)).toBe('#tide{color:red}')
    expect(await get(`${url}/warnings`)).toContain('onMain on main has a contrast of')
  })

  it('tells what an app would warn of', async () => {
    await store('views/partials/header.ejs', '<header onclick="x()"></header>')
    const warnings = JSON.parse(await get(`${await start()}/warnings`)) as string[]
    expect(warnings.join()).toMatch(/partials\/header, line 1, has an inline onclick/)
  })

  it('answers on this machine only, and to no name of another site', async () => {
    const url = await start()
    expect(await statusOf(url, '/', { host: 'evil.example.com' })).toBe(403)
    expect(new URL(url).hostname).toBe('127.0.0.1')
  })

  it.each([
    [['--views', 'none'], /there is no folder .*none\. Copy a first template/],
    [['--locals', 'none.json'], /none\.json cannot be read/],
    [['--static', 'public'], /--static takes a path and a folder/],
    [['--messages', 'bad.json'], /bad\.json: fr: "login\.titel" .*login\.title/],
    [['--module', 'none.mjs'], /none\.mjs cannot be loaded/],
    [['--module', 'empty.mjs'], /exports nothing that the preview shows\. It can export theme, render/],
    [['--module', 'theme.mjs'], /theme\.light\.main in theme\.mjs needs a colour such as/],
    [['--module', 'slot.mjs'], /the plugin tide in slot\.mjs fills the slot home\.nowhere/],
    [['--port', 'x'], /--port takes a whole number/],
  ])('refuses %s', async (words, message) => {
    await store('empty.mjs', 'export const x = 1')
    await store('theme.mjs', 'export const theme = { light: { main: "red;}" } }')
    await store(
      'slot.mjs',
      'export const plugins = [{ id: "tide", pages: { slots: { "home.nowhere": "" } } }]',
    )
    await store('bad.json', '{ "fr": { "login.titel": "Connexion" } }')
    const terminal = fakeTerminal({ cwd })
    expect(await run(['preview', ...words], terminal)).toBe(2)
    expect(terminal.err.join('\n')).toMatch(message)
  })
})

describe('the states', () => {
  /** Of the gallery only: the same page with a keyboard or another name, or a fault that needs a real platform. */
  const REAL_ONLY =
    /keyboard|-alone$|-code-(long|over)$|^home-offline$|outside$|^fleet-(200|found|others|lost)$/

  it('are those of the gallery', () => {
    const real = STATES.map(({ name }) => name).filter((name) => !REAL_ONLY.test(name))
    const shown = PREVIEW_STATES.map(({ name }) => name)
    expect(shown.filter((name) => name !== 'login-outside').sort()).toEqual(real.sort())
    expect(STATES.map(({ name }) => name)).toEqual(expect.arrayContaining(shown))
  })
})

describe('what is wrong with a template', () => {
  it.each([
    ['an unknown local', '<p>\n\n<%= nam %>', 3, /no local "nam"/],
    ['an error of its own code', '<p>\n<% throw new Error("Oh") %>', 2, /^Oh\.$/],
    ['an unknown partial', "<p>\n<%- include('partials/heder') %>", 2, /includes "partials\/heder"/],
    [
      'an expression that cannot be read',
      '<p>\n<%= t("login.title" %>\n<p>',
      2,
      /between <% and %> is wrong/,
    ],
    ['a tag without an end', '<p>\n\n<%= data.page ', 3, /has no end/],
    ['a block without an end', '<% if (data.page) { %>\n<p>', null, /A block has no end/],
  ] as const)('%s', async (_, source, line, message) => {
    const templates = { 'partials/header': source }
    const renderer = createRenderer({ overrides: { templates } })
    const data = buildPageData({ page: 'error', mount: '' })
    const error: unknown = await renderer
      .render('error', { data, nonce: '', asset: (name) => name })
      .catch((reason: unknown) => reason)
    const fault = templateFault('error', error, { ...TEMPLATES, ...templates })
    expect(fault.template).toBe('partials/header')
    expect(fault.line).toBe(line)
    expect(fault.message).toMatch(message)
  })
})

describe.runIf(hasEngine('chromium'))('the preview in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(ENGINES[1])
  })
  afterAll(() => browser.close())

  it('brings each frame into its state, without an error, and loads it again after a change', async () => {
    await store('views/partials/footer.ejs', '</body></html>')
    const url = await start()
    const { page } = browser
    await page.size(1280, 720)
    for (const { name } of PREVIEW_STATES) {
      await page.goto(`${url}/frame/${name}`)
      await page.waitFor(`document.documentElement.getAttribute('data-preview') === 'done'`)
    }
    const tone = async (name: string): Promise<void> => {
      await page.goto(`${url}/frame/${name}`)
      await page.waitFor(
        `document.getElementById('link').getAttribute('data-tone') === '${name === 'home' ? 'good' : 'bad'}'`,
      )
    }
    for (const name of ['home', 'home-stuck', 'home-licence', 'home-licence-missing', 'home-licence-refused'])
      await tone(name)
    expect(page.problems().filter((problem) => !/Failed to fetch/.test(problem))).toEqual([])

    await page.goto(url)
    const frame = `document.querySelector('[data-state="login"] iframe').contentDocument`
    await page.waitFor(`${frame}.getElementById('login-form') && document.body.getAttribute('data-live')`)
    await store('views/partials/welcome.ejs', '<p id="changed">Changed</p>')
    await page.waitFor(`${frame}.getElementById('changed')`)
    expect(await page.evaluate(`document.getElementById('news').textContent`)).toMatch(
      /^partials\/welcome\.ejs/,
    )
  })
})
