import { madeUpFleet } from '../../src/cli/preview/fleet-data.ts'
import type { Fleet } from '../../src/core/pages/fleet.ts'
import { shown } from './stage.ts'
import type { State } from './state.ts'

/**
 * Replaces the server's answer by this one, so that the picture is always the same. The age of the reports does not
 * grow.
 */
const answering = (fleet: Fleet): string => `(function () {
  var fleet = ${JSON.stringify(fleet)}
  var real = window.fetch
  window.fetch = function (url, init) {
    if (String(url).indexOf('/fleet/devices') < 0) return real(url, init)
    var body = JSON.stringify({ code: 0, message: 'success', data: fleet })
    return Promise.resolve(new Response(body, { status: 200 }))
  }
})()`

const isLive = (kind: string): string =>
  `document.getElementById('live') && document.getElementById('live').getAttribute('data-live') === '${kind}'`
const cards = (count: number): string => `document.querySelectorAll('#fleet > li').length === ${count}`

const fleet = (name: string, count: number, more: Partial<State> = {}, after?: State['play']): State => ({
  name,
  outside: true,
  ...more,
  async play(set) {
    const remove = await set.page.addScript(answering(madeUpFleet(count)))
    try {
      await set.logIn()
      await set.page.waitFor(cards(count))
      await set.page.waitFor(isLive('live'))
      if (after !== undefined) await after(set)
    } finally {
      await remove()
    }
  },
})

const find = (text: string): string =>
  `(function () { var field = document.getElementById('filter'); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new Event('input')) })()`

/** The page for ordinary browsers. */
export const FLEET_STATES: readonly State[] = [
  {
    name: 'fleet-empty',
    outside: true,
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('empty'))
      await page.waitFor(isLive('live'))
    },
  },
  fleet('fleet-one', 1),
  fleet('fleet-eight', 8),
  fleet('fleet-twenty', 20),
  fleet('fleet-200', 200),
  fleet('fleet-found', 20, {}, async ({ page }) => {
    await page.evaluate(find('matrice'))
    await page.waitFor(`document.querySelectorAll('#fleet > li').length < 20`)
  }),
  fleet('fleet-no-match', 20, {}, async ({ page }) => {
    await page.evaluate(find('no such aircraft'))
    await page.waitFor(shown('no-match'))
  }),
  fleet('fleet-others', 2, {}, async ({ page }) => {
    await page.evaluate(`document.getElementById('others-panel').open = true`)
  }),
  {
    name: 'fleet-lost',
    outside: true,
    async play({ page, logIn }) {
      const deaf = `window.WebSocket = function () { this.close = function () {} }`
      const remove = await page.addScript(`${answering(madeUpFleet(3))};${deaf}`)
      await logIn()
      await page.waitFor(cards(3))
      // In real time, because the page waits this long before it says so.
      await page.waitFor(isLive('lost'))
      await remove()
    },
  },
  fleet('fleet-away', 3, { expected: /Failed to fetch/ }, async ({ page }) => {
    await page.evaluate(
      `window.fetch = function () { return Promise.reject(new TypeError('Failed to fetch')) }; window.dispatchEvent(new Event('online'))`,
    )
    await page.waitFor(isLive('away'))
  }),
]
