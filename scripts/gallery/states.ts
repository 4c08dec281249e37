import type { BrowserPage } from '../../test/support/browser.ts'
import { PILOT } from '../../test/support/cloud.ts'
import { LONG as LONG_LANGUAGE, longTexts } from './long-language.ts'
import { build, type CloudOptions, linkIs, type Scene, settled, shown } from './stage.ts'
import type { State } from './state.ts'
import { FLEET_STATES } from './states-fleet.ts'
import { LOGIN_STATES } from './states-login.ts'

export type { State } from './state.ts'

const ADA = { username: 'ada', password: 'correct horse battery' }
const BEN = { username: 'ben.of.the.mountain.rescue@example.com', password: 'correct horse battery' }
const LONG = 'Bergrettung und Waldbrandüberwachung Nordost, Einsatzabschnitt Siebzehn, '
const WITHOUT_SPACES = 'Donaudampfschifffahrtsgesellschaftskapitänspatentinhaberverzeichnis'

/** Waits until the page is settled, so that pictures of one state are always the same. */
const connected = async ({ page, logIn, pilot }: Scene): Promise<void> => {
  await logIn()
  await page.waitFor(linkIs('connected'))
  await page.waitFor(settled)
  await page.waitFor(isFresh(pilot.aircraft === null ? 'controller' : 'aircraft'))
}

/** The server has told the page about this device. */
const isFresh = (device: string): string =>
  `document.getElementById('${device}-panel').getAttribute('data-age') === 'fresh' && !document.querySelector('#${device}-panel [data-known="false"]')`
const reasonIs = (id: string): string =>
  `${shown('problem')} && document.getElementById('tell-code').textContent === '${id}'`
const tone = (name: string): string =>
  `document.getElementById('link').getAttribute('data-tone') === '${name}'`

/** Moves the clock of the page forward, as if this time had passed. */
const later = ({ page }: Scene, ms: number): Promise<unknown> =>
  page.evaluate(`(function () { var now = Date.now; Date.now = function () { return now() + ${ms} } })()`)

const everything: CloudOptions = {
  modules: {
    liveshare: { videoPublishType: 'video-by-manual' },
    map: true,
    media: true,
    mission: true,
  },
  pages: {
    apps: [
      { name: 'Radio', url: 'radio://open' },
      { name: 'Weather on the mountain', url: 'weather://open', package: 'com.example.weather' },
    ],
  },
}

const openSettings = async ({ page }: Scene): Promise<void> => {
  await page.waitFor(`${shown('media-panel')} && ${shown('live-panel')}`)
  await page.evaluate(`document.getElementById('settings').open = true`)
}
const scrollTo = (page: BrowserPage, id: string): Promise<unknown> =>
  page.evaluate(`document.getElementById('${id}').scrollIntoView()`)

/** The host's own login; with a name, it knows the browser. */
const elsewhere = (name: string | null, service: string, password: boolean): CloudOptions => ({
  login: {
    ...{ label: service, loginUrl: '/sso', logoutUrl: '/sso/out', password },
    currentUser: () => (name === null ? null : 'ada'),
    findById: (id) => ({ id, username: name ?? '' }),
  },
})
const canContinue = `document.getElementById('continue') && !document.getElementById('continue').disabled`
const hasLink = `document.querySelector('#sign-in a')`

export const STATES: readonly State[] = [
  {
    name: 'login-continue',
    cloud: elsewhere('Ada Example', 'Example SSO', true),
    play: ({ page }) => page.waitFor(canContinue),
  },
  {
    name: 'login-continue-alone',
    cloud: elsewhere(
      `Ada ${WITHOUT_SPACES}`,
      'Harbour Rescue Directory of the Coast Guard, North-East',
      false,
    ),
    play: ({ page }) => page.waitFor(canContinue),
  },
  {
    name: 'login-with',
    cloud: elsewhere(null, 'Example SSO', true),
    play: ({ page }) => page.waitFor(hasLink),
  },
  {
    name: 'login-with-alone',
    cloud: elsewhere(null, 'Example SSO', false),
    play: ({ page }) => page.waitFor(hasLink),
  },
  { name: 'login', play: ({ page }) => page.waitFor(`!document.getElementById('login-submit').disabled`) },
  {
    name: 'login-refused',
    expected: /403/,
    async play({ page, logIn }) {
      await logIn('wrong')
      await page.waitFor(shown('login-problem'))
    },
  },
  {
    name: 'login-reason',
    async play({ page, cloud }) {
      await page.goto(`${cloud.link}/login?reason=expired`)
      await page.waitFor(`!document.getElementById('login-submit').disabled`)
    },
  },
  {
    name: 'login-unreachable',
    expected: /503|token\/verify|Failed to load/,
    async play({ page, cloud, logIn, webview }) {
      await logIn()
      await page.waitFor(linkIs('connected'))
      await webview.leave()
      await page
        .addScript(`window.fetch = function () { return Promise.reject(new TypeError('Failed to fetch')) }`)
        .then(async (remove) => {
          await page.goto(cloud.link)
          await page.waitFor(shown('unreachable'))
          await remove()
        })
    },
  },
  {
    name: 'login-keyboard',
    keyboard: '#password',
    play: ({ page }) => page.waitFor(`!document.getElementById('login-submit').disabled`),
  },
  {
    name: 'login-outside',
    outside: true,
    play: ({ page }) => page.waitFor(`!document.getElementById('login-submit').disabled`),
  },
  ...LOGIN_STATES,
  ...FLEET_STATES,
  { name: 'home', play: connected },
  {
    name: 'home-long-names',
    cloud: {
      platformName: `${LONG}${WITHOUT_SPACES}`,
      workspace: {
        id: '11111111-2222-4333-8444-555555555555',
        name: `${LONG}${WITHOUT_SPACES} ${LONG}`.slice(0, 256),
        description: '',
      },
    },
    play: connected,
  },
  { name: 'home-no-aircraft', pilot: { aircraft: null }, play: connected },
  {
    name: 'home-connecting',
    pilot: { knobs: { autoConnect: false } },
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(linkIs('connecting'))
    },
  },
  {
    name: 'home-others',
    cloud: { users: [PILOT, ADA, BEN] },
    async play(set) {
      await connected(set)
      await set.join(ADA, {
        gateway: { serial: 'RCFAKE00000002' },
        aircraft: { serial: '1581FAKE000000000002', type: 99, subType: 1 },
      })
      await set.join(BEN, {
        gateway: { serial: 'RCFAKE00000003' },
        aircraft: { serial: '1581FAKE000000000003', type: 60, subType: 9 },
      })
      await set.page.waitFor(`document.querySelectorAll('.other').length === 2`)
    },
  },
  {
    name: 'home-stuck',
    cloud: { mqtt: { url: 'tcp://mqtt.rescue.example.com:1883', host: '127.0.0.1', port: 0 } },
    async play(set) {
      await set.logIn()
      await set.page.waitFor(linkIs('connecting'))
      await later(set, 25_000)
      await set.page.waitFor(reasonIs('link-down'))
    },
  },
  {
    name: 'home-doubt',
    expected: /situation/,
    async play(set) {
      const { page, logIn } = set
      const remove = await page.addScript(`(function () {
        var real = window.fetch
        window.fetch = function (url, init) {
          if (String(url).indexOf('/situation') < 0) return real(url, init)
          var data = { now: Date.now(), controller: null, aircraft: [], others: [], others_total: 0 }
          return Promise.resolve(new Response(JSON.stringify({ code: 0, message: 'success', data: data })))
        }
      })()`)
      await logIn()
      await page.waitFor(linkIs('connected'))
      await page.waitFor(settled)
      await later(set, 25_000)
      await page.waitFor(reasonIs('not-really-connected'))
      await remove()
    },
  },
  {
    name: 'home-old',
    async play(set) {
      await connected(set)
      set.pilot.pauseTelemetry(true)
      set.cloud.advance(40_000)
      await set.page.waitFor(`document.querySelector('#aircraft-panel[data-age="old"]')`)
    },
  },
  {
    name: 'home-server-away',
    expected: /Failed to fetch|Failed to load/,
    async play(set) {
      await connected(set)
      await set.page.evaluate(
        `window.fetch = function () { return Promise.reject(new TypeError('Failed to fetch')) }`,
      )
      await set.page.waitFor(reasonIs('server-unreachable'))
    },
  },
  {
    name: 'home-gone',
    pilot: { knobs: { missingMethods: ['platformStopSelf'] } },
    async play(set) {
      await connected(set)
      await set.page.click('#leave')
      await set.page.click('#leave-confirm')
      await set.page.waitFor(`${shown('reload')} && document.getElementById('leave-dialog').hidden`)
    },
  },
  {
    name: 'home-offline',
    async play(set) {
      await connected(set)
      set.pilot.cutNetwork()
      await set.page.waitFor(`!(${linkIs('connected')})`)
      await set.page.cdp.Network.emulateNetworkConditions({
        offline: true,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      })
      await set.page.waitFor(shown('problem'))
    },
    expected: /Failed to load|INTERNET_DISCONNECTED/,
  },
  {
    name: 'home-licence',
    pilot: { knobs: { licenseCheck: 'refuse' } },
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(reasonIs('license-malformed'))
    },
  },
  {
    name: 'home-licence-missing',
    cloud: { license: undefined },
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(reasonIs('license-missing'))
    },
  },
  {
    name: 'home-licence-refused',
    pilot: { knobs: { licenseCheck: 'accept', missingMethods: ['platformVerifyLicense'] } },
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(tone('bad'))
    },
  },
  {
    name: 'home-everything',
    cloud: everything,
    expected: /404.*|sts/,
    async play(set) {
      await connected(set)
      await set.page.waitFor(`${shown('media-panel')} && ${shown('live-panel')} && ${shown('apps-panel')}`)
      await set.page.evaluate(`document.getElementById('diagnosis').open = true`)
      await set.page.waitFor(`document.querySelector('#addresses dd') && document.querySelector('.finding')`)
    },
  },
  {
    name: 'home-settings',
    cloud: everything,
    async play(set) {
      await connected(set)
      await openSettings(set)
      await scrollTo(set.page, 'uploads-panel')
    },
  },
  {
    name: 'home-keyboard',
    cloud: everything,
    keyboard: '#live-url',
    async play(set) {
      await connected(set)
      await openSettings(set)
      await set.page.waitFor(shown('live-url-row'))
    },
  },
  {
    name: 'home-logout',
    async play(set) {
      await connected(set)
      await set.page.click('#logout')
      await set.page.waitFor(shown('logout-dialog'))
    },
  },
  {
    name: 'home-leave',
    async play(set) {
      await connected(set)
      await set.page.click('#leave')
      await set.page.waitFor(shown('leave-dialog'))
    },
  },
  {
    name: 'error',
    expected: /404/,
    play: ({ page, cloud }) => page.goto(`${cloud.link}/assets/gone/style.css`),
  },
]

/** Brings a tab into a state, in a language. */
export async function enter(page: BrowserPage, state: State, language: string): Promise<Scene> {
  const set = await build(
    page,
    {
      platformName: 'Mountain Rescue Cloud',
      ...state.cloud,
      pages: {
        ...state.cloud?.pages,
        language,
        ...(language === LONG_LANGUAGE ? { messages: { [LONG_LANGUAGE]: longTexts() } } : {}),
      },
    },
    state.pilot,
    state.outside,
  )
  try {
    await state.play(set)
    return set
  } catch (error) {
    await set.close()
    throw error
  }
}

/** Undoes what a state did to the tab itself. */
export async function leave(page: BrowserPage, set: Scene): Promise<void> {
  await page.cdp.Network.emulateNetworkConditions({
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: -1,
  })
  await set.close()
}
