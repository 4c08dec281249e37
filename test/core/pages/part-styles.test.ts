import { describe, expect, it } from 'vitest'
import { buildPageData } from '../../../src/core/pages/page.ts'
import { stylesOf } from '../../../src/core/pages/part-styles.ts'
import { createRenderer } from '../../../src/core/pages/render.ts'
import { TEMPLATES } from '../../../src/views/embedded.gen.ts'
import { ASSETS } from '../../../src/views/embedded-assets.gen.ts'

const BUNDLED = {
  home: `<%- include('a') %> <%- include("b", { id: 1 }) %>`,
  a: `<%# A panel. %>\n<%# style: craft gauge %><%- include('c') %>`,
  b: '<%# style: others %>',
  c: '<%# style: gauge %><%- include("c") %>',
}
const styles = (own: Readonly<Record<string, string>>, page = 'home') =>
  stylesOf(page, { ...BUNDLED, ...own }, BUNDLED)

describe('the files of the style of a page', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['nothing is replaced', {}, ['home.css']],
    ['a copy asks for the same', { a: BUNDLED.a }, ['home.css']],
    ['a partial asks for nothing', { b: '<p>' }, ['home-base.css', 'part-craft.css', 'part-gauge.css']],
    ['a partial is replaced, with what it included', { a: '<p>' }, ['home-base.css', 'part-others.css']],
    [
      'a partial asks for another part',
      { b: '<%# style: steps %>' },
      ['home-base.css', 'part-craft.css', 'part-gauge.css', 'part-steps.css'],
    ],
    ['a partial asks for one more', { b: '<%# style: others steps %>' }, ['home.css', 'part-steps.css']],
    ['the page is replaced', { home: '<p>' }, ['home-base.css']],
    ['a name is known only when the page is rendered', { b: '<%- include(name) %>' }, ['home.css']],
    [
      'what is included does not exist',
      { b: `<%- include('constructor') %>` },
      ['home-base.css', 'part-craft.css', 'part-gauge.css'],
    ],
  ])('%s', (_, own, expected) => expect(styles(own)).toEqual(expected))

  it('are none for a page without a style of its own', () => {
    expect(styles({ login: '<%# style: craft %>' }, 'login')).toEqual([])
  })

  it.each(['home', 'fleet'])(
    'of %s: each part is asked for by its partial, and there is nothing else',
    (page) => {
      // Without the page's own file, its parts are named one by one.
      const named = stylesOf(page, TEMPLATES, { ...TEMPLATES, [page]: '<%# style: everything %>' })
      expect(named[0]).toBe(`${page}-base.css`)
      expect(named.length).toBeGreaterThan(4)
      for (const name of named) expect(ASSETS).toHaveProperty([name])
      // The whole is the sum of the parts: nothing is only in the file for all.
      const rules = (text = ''): number => text.split('{').length
      const sum = named.map((name) => rules(ASSETS[name]?.text) - 1).reduce((all, one) => all + one, 1)
      // The minifier may join rules across the parts.
      expect(Math.abs(sum - rules(ASSETS[`${page}.css`]?.text))).toBeLessThan(25)
    },
  )

  it('reach a page: a partial that is replaced loses its style, a copy with a change does not', async () => {
    const links = async (templates: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const html = await createRenderer({ overrides: { templates } }).render('home', {
        data: buildPageData({ page: 'home', mount: '' }),
        nonce: 'NONCE',
        asset: (name) => `/${name}`,
      })
      return [...html.matchAll(/rel="stylesheet" href="\/([^"]+)"/g)].map(([, name = '']) => name)
    }
    const copy = { 'partials/others': `${TEMPLATES['partials/others']}<p>Mine</p>` }
    expect(await links(copy)).toEqual(['style.css', 'home.css'])
    const replaced = await links({ 'partials/others': '<p>Mine</p>' })
    expect(replaced).toEqual(
      expect.arrayContaining(['style.css', 'home-base.css', 'part-craft.css', 'part-stuck.css']),
    )
    expect(replaced).not.toContain('part-others.css')
    expect(replaced).not.toContain('home.css')
    const asking = await links({ 'partials/others': '<%# style: others %><p>Mine</p>' })
    expect(asking).toEqual(['style.css', 'home.css'])
  })
})
