import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDjiCloud, type DjiCloudOptions } from '../../src/index.ts'
import { type DocumentAnswer, definePlugin, type PagesPart, route, setCookie } from '../../src/plugin.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { PILOT } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { start } from './start.ts'

const HOSTILE = `"></script><script>window.hacked=1</script><%= 1 %>\u2028`

const TEMPLATE = `<%- include('partials/head', { title: 'board.title' }) %>
<%- include('partials/header') %>
<main class="login"><h1 id="who"><%= t('board.hello', { name: data.values.name }) %></h1><p id="said"></p></main>
<%- include('bootstrap') %>
<%- include('partials/footer') %>`

const SCRIPT = `(function () {
  var page = window.djiCloudPage
  document.getElementById('said').textContent = page.text('board.said', { name: page.values.name }) + ' ' + page.page
  page.request('GET', '/board/echo').then(function (answer) { document.body.setAttribute('data-echo', answer.data) })
})()`

const PAGES: PagesPart = {
  documents: { note: { template: TEMPLATE, script: SCRIPT } },
  style: '#said { color: rgb(1, 2, 3) }',
  texts: {
    en: { 'board.title': 'A note', 'board.hello': 'Hello {name}', 'board.said': 'The script knows {name}' },
    zh: { 'board.title': '便条', 'board.hello': '你好 {name}' },
  },
}

const UPLOAD = `(function () {
  var told = []
  function onProgress(sent, total) { told.push([sent, total]) }
  var file = new Blob([new Uint8Array(300000)])
  return window.djiCloudPage.upload('PUT', '/board/file', file, { onProgress: onProgress }).then(function (answer) {
    var last = told[told.length - 1]
    return [answer.status, answer.data, last[0], last[0] === last[1]].join(' ')
  })
})()`

const STOPPED = `(function () {
  var stop = new AbortController()
  var sent = window.djiCloudPage.upload('PUT', '/board/file', new Blob(['x']), { signal: stop.signal })
  stop.abort()
  return sent.then(function (answer) { return answer.status + ' ' + answer.message })
})()`

function board(answer: Partial<DocumentAnswer> = {}, pages: PagesPart = PAGES) {
  return definePlugin({
    id: 'board',
    setup: () => ({
      pages,
      routes: [
        route({
          method: 'GET',
          path: '/board/note/:name',
          guard: 'public',
          answers: 'document',
          handle: ({ params }) => ({ document: 'note', values: { name: params['name'] }, ...answer }),
        }),
        route({ method: 'GET', path: '/board/echo', guard: 'public', handle: () => 'heard' }),
        ...(['PUT', 'PATCH', 'DELETE'] as const).map((method) =>
          route({ method, path: '/board/own', guard: 'browser', handle: () => method }),
        ),
        route({
          ...{ method: 'PUT', path: '/board/file', guard: 'token', body: 'stream', bodyLimit: 1_000_000 },
          async handle({ body }) {
            let size = 0
            for await (const chunk of body.stream) size += chunk.length
            return size
          },
        }),
      ],
    }),
  })
}

const at = (cloud: { url: string }, name = 'Ada', headers: Record<string, string> = {}) =>
  ask(cloud.url, `/board/note/${encodeURIComponent(name)}`, { headers })

describe('a page of a plugin', () => {
  it('has head, policy, style and language of the bundled pages', async () => {
    const cloud = await start({
      plugins: [board()],
      pages: { theme: { light: { main: '#123456' } }, title: 'Example Ops' },
    })
    const { status, headers, text } = await at(cloud)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'nonce-/)
    expect(text).toMatch(/<title>A note · Example Ops<\/title>/)
    expect(text).toContain('--main:#123456')
    expect(text).toContain('Hello Ada')
    expect((await at(cloud, 'Ada', { 'accept-language': 'zh' })).text).toContain('你好 Ada')
  })

  it('escapes its values in the template and for the script', async () => {
    const cloud = await start({ plugins: [board()] })
    const { text } = await at(cloud, HOSTILE)
    expect(text).not.toContain('<script>window.hacked')
    expect(text).toContain('&lt;script&gt;window.hacked')
  })

  it('can have another status, headers and cookies', async () => {
    const cookies = [setCookie('seen', '1')]
    const answer = { status: 410, headers: { 'x-note': 'gone' }, cookies }
    const cloud = await start({ plugins: [board(answer)] })
    expect(await at(cloud)).toMatchObject({
      status: 410,
      headers: { 'x-note': 'gone', 'set-cookie': cookies },
    })
  })

  it('can be replaced by the host, template and texts, and the function render is not asked', async () => {
    const rendered: string[] = []
    const cloud = await start({
      plugins: [board()],
      views: {
        templates: {
          'plugins/board/note': TEMPLATE.replace('<h1 id="who">', '<h1 id="who" class="own">'),
        },
        render(page, _locals, next) {
          rendered.push(page)
          return next()
        },
      },
      pages: { messages: { en: { 'board.hello': 'Ahoy {name}' } } },
    })
    const { text } = await at(cloud)
    expect(text).toContain('class="own"')
    expect(text).toContain('Ahoy Ada')
    expect(rendered).toEqual([])
  })

  it.each<[string, Partial<DocumentAnswer>, PagesPart | undefined, RegExp]>([
    ['names a page that it has not', { document: 'other' }, undefined, /pages\.documents: note/],
    [
      'opens itself to every site',
      { headers: { 'X-Frame-Options': 'ALLOWALL' } },
      undefined,
      /header X-Frame-Options, which protects/,
    ],
    [
      'replaces the policy',
      { headers: { 'content-security-policy': '' } },
      undefined,
      /name it in policy of the page/,
    ],
    ['has a wrong header', { headers: { 'x-note': 'a\nb' } }, undefined, /header x-note has a character/],
    [
      'has a template with a mistake',
      {},
      { ...PAGES, documents: { note: { template: '<%= nothing.there %>' } } },
      /nothing is not defined/,
    ],
  ])('that %s is a 500 of the host, and the log says why', async (_what, answer, pages, words) => {
    const logs = recordLogs()
    const cloud = await start({ plugins: [board(answer, pages)], logger: logs.logger })
    expect((await at(cloud)).status).toBe(500)
    const errors = logs.lines.map(({ fields }) => fields['err'] as Error | undefined)
    expect(errors.map((error) => `${error?.message} ${String(error?.cause ?? '')}`).join()).toMatch(words)
  })

  const faultsOf = (options: DjiCloudOptions): string => {
    try {
      void createDjiCloud({ broker: idleBroker(), logger: false, ...options }).close()
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  it('may load from the origins that it names, and its scripts stay those with the nonce', async () => {
    const policy = {
      connect: ['https://store.example.com:9000'],
      img: ['https://*.example.com'],
      frame: ['blob:'],
    }
    const documents = { note: { template: TEMPLATE, policy } }
    const { headers } = await at(await start({ plugins: [board({}, { ...PAGES, documents })] }))
    const given = String(headers['content-security-policy']).split('; ')
    expect(given).toContain("connect-src 'self' https://store.example.com:9000")
    expect(given).toContain("img-src 'self' data: https://*.example.com")
    expect(given).toContain("frame-src 'self' blob:")
    expect(given).toContain("frame-ancestors 'none'")
    expect(given.filter((one) => one.startsWith('script-src'))).toEqual([
      expect.stringMatching(/^script-src 'nonce-[\w+/=]+'$/),
    ])
  })

  it.each<[object, string]>([
    [{ connect: ['*'] }, 'with "*"; needs an origin'],
    [{ connect: ['https://*'] }, 'needs an origin'],
    [{ img: ["https://a.example; script-src 'unsafe-inline'"] }, 'needs an origin'],
    [{ img: ["'unsafe-inline'"] }, 'needs an origin'],
    [{ frame: ['https://a.example/path'] }, 'without a path'],
    [{ frame: 'https://a.example' }, 'frame, which needs a list of origins'],
    [{ script: ['https://a.example'] }, 'has the field script; there are connect, img, media, frame'],
    [[], 'needs an object'],
  ])('does not start with the policy %j', (policy, words) => {
    const documents = { note: { template: TEMPLATE, policy: policy as never } }
    expect(faultsOf({ plugins: [board({}, { documents })] })).toContain(words)
  })

  it('needs a name of its own form, and a template', () => {
    const documents = { 'login.top': { template: TEMPLATE } }
    expect(faultsOf({ plugins: [board({}, { documents })] })).toContain(
      'has the page login.top; needs a name of small letters',
    )
    const empty = { note: {} as { template: string } }
    expect(faultsOf({ plugins: [board({}, { documents: empty })] })).toContain(
      'has the page note without a template',
    )
  })
})

describe.each(ENGINES.filter(hasEngine))('a page of a plugin in %s', (engine) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser(engine)
  })
  afterAll(() => browser.close())

  it.each(['', '/drones'])(
    'runs its script with texts, values and requests, mounted at "%s"',
    async (mount) => {
      const cloud = await start({ plugins: [board()] }, { framework: 'express 5', mount, parser: 'none' })
      const { page } = browser
      page.forgetProblems()
      await page.goto(`${cloud.url}${mount}/board/note/${encodeURIComponent(HOSTILE)}`)
      await page.waitFor(`document.body.getAttribute('data-echo') === 'heard'`)
      expect(await page.evaluate(`document.getElementById('said').textContent`)).toBe(
        `The script knows ${HOSTILE} plugin`,
      )
      expect(await page.evaluate(`getComputedStyle(document.getElementById('said')).color`)).toBe(
        'rgb(1, 2, 3)',
      )
      expect(await page.evaluate('typeof window.hacked')).toBe('undefined')
      for (const method of ['PUT', 'PATCH', 'DELETE'])
        expect(
          await page.evaluate(
            `window.djiCloudPage.request('${method}', '/board/own', { a: 1 }).then(function (a) { return a.status + ' ' + a.data })`,
          ),
        ).toBe(`200 ${method}`)
      const { token } = await cloud.cloud.sessions.open(PILOT.username, { reason: 'test' })
      await page.evaluate(`void localStorage.setItem('dji-cloud.token', '${token}')`)
      expect(await page.evaluate(UPLOAD)).toBe('200 300000 300000 true')
      expect(await page.evaluate(STOPPED)).toBe('0 The upload was stopped.')
      await page.evaluate('void localStorage.clear()')
      await page.click('#theme')
      expect(await page.evaluate(`document.documentElement.getAttribute('data-theme')`)).toMatch(/light|dark/)
      expect(page.problems().filter((one) => !one.includes('favicon'))).toEqual([])
      await page.goto('about:blank')
    },
  )
})
