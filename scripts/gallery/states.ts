import type { BrowserPage } from '../../test/support/browser.ts'
import { build, type CloudOptions, linkIs, type Scene, settled, shown } from './stage.ts'
import type { State } from './state.ts'
import { LOGIN_STATES } from './states-login.ts'

export type { State } from './state.ts'

const LONG = 'Bergrettung und Waldbrandüberwachung Nordost, Einsatzabschnitt Siebzehn, '
const WITHOUT_SPACES = 'Donaudampfschifffahrtsgesellschaftskapitänspatentinhaberverzeichnis'

/** Waits until the page is settled, so that pictures of one state are always the same. */
const connected = async ({ page, logIn }: Scene): Promise<void> => {
  await logIn()
  await page.waitFor(linkIs('connected'))
  await page.waitFor(settled)
}

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
      await set.page.waitFor(shown('offline'))
    },
    expected: /Failed to load|INTERNET_DISCONNECTED/,
  },
  {
    name: 'home-licence',
    pilot: { knobs: { licenseCheck: 'refuse' } },
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('problem'))
    },
  },
  {
    name: 'home-outside',
    outside: true,
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('devices-panel'))
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
      await set.page.waitFor(`${shown('media-panel')} && ${shown('live-panel')}`)
      await scrollTo(set.page, 'media-panel')
    },
  },
  {
    name: 'home-keyboard',
    cloud: everything,
    keyboard: '#live-url',
    async play(set) {
      await connected(set)
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
      pages: { ...state.cloud?.pages, language },
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
