import type { Fleet, FleetAircraft } from '../../src/core/pages/fleet.ts'
import { shown } from './stage.ts'
import type { State } from './state.ts'

const PILOTS = ['ada', 'ben', 'chiara', 'daniel.of.the.mountain.rescue@example.com', 'eve', 'li.wei']
const MODELS = ['Mavic 3E', 'Matrice 4T', 'Matrice 350 RTK', 'Mavic 3T', null] as const
const NAMES = ['Kite', 'Heron', 'Swift', 'Falcon', 'Owl', null, 'Search and rescue, western valley'] as const

/** Made up, and the same each time. */
function aircraft(index: number, now: number, more: Partial<FleetAircraft> = {}): FleetAircraft {
  const online = index % 3 !== 2
  const model = MODELS[index % MODELS.length] ?? null
  return {
    sn: `1581FAKE${String(index).padStart(12, '0')}`,
    nickname: NAMES[index % NAMES.length] ?? null,
    model,
    model_key: '0-77-0',
    online,
    last_report_at: online ? now - (index % 7 === 3 ? 40_000 : 800) : now - index * 3_600_000,
    battery_percent: index % 11 === 10 ? null : (index * 37) % 101,
    mode_code: index % 5 === 4 ? 0 : 3 + (index % 3),
    elevation: index % 11 === 10 ? null : (index * 13) % 120,
    horizontal_speed: index % 11 === 10 ? null : (index % 15) + 0.5,
    remain_flight_time: null,
    sdr_quality: null,
    lte_quality: null,
    latitude: index % 6 === 5 ? null : 46.9 + index / 300,
    longitude: index % 6 === 5 ? null : 8.2 + index / 200,
    attitude_head: null,
    pilot: online ? (PILOTS[index % PILOTS.length] ?? '') : '',
    gateway_sn: `RCFAKE${String(index).padStart(8, '0')}`,
    ...more,
  }
}

function madeUp(count: number, now = Date.now()): Fleet {
  const all = Array.from({ length: count }, (_, index) => aircraft(index, now))
  const controller = (one: FleetAircraft, index: number) => ({
    ...one,
    ...{ sn: one.gateway_sn ?? '', nickname: null, model: index % 2 === 0 ? 'RC Plus' : 'RC Pro Enterprise' },
  })
  return {
    now,
    aircraft: all,
    aircraft_total: count,
    gateways: [
      ...all.map(controller),
      { ...aircraft(900, now), sn: 'RCFAKE0000FREE', nickname: null, model: 'RC Plus 2', pilot: 'ada' },
      {
        ...aircraft(901, now),
        sn: 'RCFAKE0000DOCK',
        nickname: 'Dock on the roof',
        model: 'Dock 2',
        pilot: '',
      },
    ],
  }
}

/** The server's answer is this one, so that the picture is always the same. Its age does not grow. */
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
    const remove = await set.page.addScript(answering(madeUp(count)))
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
      const remove = await page.addScript(`${answering(madeUp(3))};${deaf}`)
      await logIn()
      await page.waitFor(cards(3))
      // In real time: so long a page waits before it says so.
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
