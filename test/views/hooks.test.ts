import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PREVIEW_STATES } from '../../src/cli/preview/states.ts'
import { buildPageData } from '../../src/core/pages/page.ts'
import { createRenderer, type PageName } from '../../src/core/pages/render.ts'
import { TEMPLATES } from '../../src/views/embedded.gen.ts'
import { ASSETS } from '../../src/views/embedded-assets.gen.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { ENGINES, hasEngine } from '../support/chromium.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'

const docs = await readFile(new URL('../../docs/customising.md', import.meta.url), 'utf8')
const section = /### Hooks for your style and scripts([\s\S]*?)\n###/.exec(docs)?.[1] ?? ''
const documented = (pattern: RegExp): string[] => [
  ...new Set([...section.matchAll(pattern)].map(([, name = '']) => name)),
]
const classes = documented(/`\.(dji-cloud-[\w-]+)`/g)
const parts = documented(/data-dji-cloud-part="([\w-]+)"/g)

/** All pages, with everything that can be on them. */
async function everyPage(): Promise<string> {
  const renderer = createRenderer()
  const pages: readonly PageName[] = ['login', 'home', 'fleet', 'error']
  const withFailure = { code: 404_000, message: 'Sample.', hint: 'Sample.' }
  const html = await Promise.all(
    pages.map((page) =>
      renderer.render(page, {
        data: buildPageData({
          ...{ page, mount: '', failure: page === 'error' ? withFailure : null },
          signIn: PREVIEW_STATES.find(({ name }) => name === 'login-with')?.signIn ?? null,
          login: { in_pilot: true, help: 'Help', fields: [], second_step: true },
        }),
        nonce: 'n',
        asset: (name) => `/${name}`,
      }),
    ),
  )
  return html.join('\n')
}

describe('the documented hooks', () => {
  it('are these, at least', () => {
    expect(classes.length).toBeGreaterThan(8)
    expect(parts.length).toBeGreaterThan(20)
  })

  it('are all on the pages, and no part of a page is left out of the list', async () => {
    const html = await everyPage()
    const present = [...html.matchAll(/data-dji-cloud-part="([^"]+)"/g)].map(([, name = '']) => name)
    expect([...new Set(present)].sort()).toEqual([...parts].sort())
    expect(html.match(/data-dji-cloud-page="(login|home|fleet|error)"/g)).toHaveLength(4)
  })

  it('have their style: each class, and no class that is not in the list', () => {
    const css = Object.entries(ASSETS)
      .filter(([name]) => name.endsWith('.css'))
      .map(([, { text }]) => text)
      .join('')
    const styled = [...css.matchAll(/\.(dji-cloud-[\w-]+)/g)].map(([, name = '']) => name)
    expect([...new Set(styled)].sort()).toEqual([...classes].sort())
    // Their own templates do not need them; nothing else of that name may be there.
    for (const [name, source] of Object.entries(TEMPLATES))
      for (const [, used = ''] of source.matchAll(/class="[^"]*?(dji-cloud-[\w-]+)/g))
        expect(classes, name).toContain(used)
  })
})

describe.each(ENGINES.filter(hasEngine))('a link and a panel of a host, in %s', (engine) => {
  let browser: Browser
  let cloud: TestCloud
  beforeAll(async () => {
    browser = await openBrowser(engine)
    cloud = await startCloud({
      views: {
        templates: {
          'partials/welcome': `<div class="dji-cloud-panel"><a class="dji-cloud-button" id="plain" href="/x">A</a>
            <a class="dji-cloud-button dji-cloud-button-main" id="main-link" href="/x">A</a>
            <button class="main" id="main-button" type="button">A</button></div>`,
        },
      },
    })
  })
  afterAll(async () => {
    await browser.close()
    await cloud.close()
  })

  it('look like those of the page', async () => {
    const { page } = browser
    await page.goto(`${cloud.link}/login`)
    const look = (id: string): Promise<string> =>
      page.evaluate(`(function () {
        var style = getComputedStyle(document.getElementById('${id}'))
        return [style.backgroundColor, style.color, style.minHeight, style.fontWeight, style.borderRadius, style.textDecorationLine].join(' ')
      })()`)
    expect(await look('main-link')).toBe(await look('main-button'))
    expect(await look('plain')).not.toBe(await look('main-button'))
    expect(await look('plain')).toContain('56px')
    const padding = `getComputedStyle(document.querySelector('.dji-cloud-panel')).paddingLeft`
    expect(await page.evaluate(padding)).toBe('16px')
  })
})
