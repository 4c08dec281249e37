import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { buildPageData } from '../../src/core/pages/page.ts'
import { createRenderer } from '../../src/core/pages/render.ts'
import { ASSETS } from '../../src/views/embedded-assets.gen.ts'

describe('what an old web view is given', () => {
  it.each([
    ['syntax', /\?\.(?!\d)|\?\?/],
    [
      'Object.fromEntries and friends',
      // `...at(x)` is a spread of what a short name returns.
      /Object\.(fromEntries|hasOwn)|(?<!\.)\.(flat|flatMap|at|replaceAll|findLast|toSorted|matchAll)\(/,
    ],
    ['newer globals', /globalThis|queueMicrotask|allSettled|Promise\.any|structuredClone|randomUUID/],
  ])('has no %s in its scripts', (_, pattern) => {
    for (const name of ['login.js', 'home.js', 'fleet.js', 'error.js', 'plugin.js']) {
      expect(ASSETS).toHaveProperty([name])
      expect(ASSETS[name]?.text.match(pattern) ?? null, name).toBeNull()
    }
  })

  it.each(['style.css', 'home.css', 'fleet.css'])('has no flex gap, inset and the like in %s', (name) => {
    const css = ASSETS[name]?.text ?? ''
    expect(css.length).toBeGreaterThan(1_000)
    expect(
      css.match(
        /(?<![-\w])(inset|aspect-ratio|row-gap):|:has\(|:is\(|:where\(|:focus-visible|dvh|(?<![\w-])(clamp|min|max)\(/,
      ),
    ).toBeNull()
    // Only in grids, by the name that Chromium 57 already had.
    for (const [rule] of css.matchAll(/[^{}]*\{[^{}]*(?<!grid-)(?<![-\w])gap:[^{}]*\}/g))
      expect(rule).toContain('display:grid')
  })
})

it('is a login page of at most 30 KB, all of it, compressed', async () => {
  const html = await createRenderer().render('login', {
    data: buildPageData({ page: 'login', mount: '' }),
    nonce: 'n'.repeat(22),
    asset: (name) => `/pilot/assets/${name}`,
  })
  const sizes = [html, ...['login.js', 'style.css', 'icon.svg'].map((name) => ASSETS[name]?.text ?? '')].map(
    (text) => gzipSync(text).length,
  )
  expect(sizes.every((size) => size > 100)).toBe(true)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(20_000)
})
