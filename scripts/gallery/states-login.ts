import { customUsers } from '../../src/index.ts'
import { PILOT, WORKSPACE } from '../../test/support/cloud.ts'
import { type CloudOptions, shown } from './stage.ts'
import type { State } from './state.ts'

const LONG = 'Bergrettung und Waldbrandüberwachung Nordost, Einsatzabschnitt Siebzehn, '
const WITHOUT_SPACES = 'Donaudampfschifffahrtsgesellschaftskapitänspatentinhaberverzeichnis'
const ready = `document.getElementById('login-submit') && !document.getElementById('login-submit').disabled`

const user = { id: 'pia', username: 'pia', workspace: WORKSPACE }

/** Everybody needs a code; it is never right. */
const coded = (hint?: string): CloudOptions => ({
  users: customUsers({
    authenticate: () => ({ challenge: 'otp', id: 'pia', digits: 6, ...(hint === undefined ? {} : { hint }) }),
    verifyChallenge: () => null,
    findById: () => user,
  }),
})

const withFields = (label: string): CloudOptions => ({
  users: customUsers({
    fields: {
      tenant: { label, choices: { north: 'North Sea', south: `South coast ${label}`.slice(0, 64) } },
      callsign: { label: { en: 'Call sign', zh: '呼号' }, required: false },
    },
    authenticate: () => user,
    findById: () => user,
  }),
  pages: {
    help: {
      en: 'Forgot your password? Call the duty officer, 555-0100.',
      zh: '忘记密码？请致电值班员 555-0100。',
    },
  },
})

/** States of the login page beside the plain ones. */
export const LOGIN_STATES: readonly State[] = [
  { name: 'login-fields', cloud: withFields('Area'), play: ({ page }) => page.waitFor(ready) },
  {
    name: 'login-fields-long',
    cloud: {
      ...withFields(WITHOUT_SPACES.slice(0, 64)),
      platformName: `${LONG}${WITHOUT_SPACES}`,
      pages: { help: `${LONG}${WITHOUT_SPACES}`.repeat(2) },
    },
    play: ({ page }) => page.waitFor(ready),
  },
  {
    name: 'login-fields-missing',
    cloud: withFields('Area'),
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('login-problem'))
    },
  },
  {
    name: 'login-throttled',
    cloud: { loginRateLimit: { perAccountAndAddress: { attempts: 1, windowSeconds: 900 } } },
    async play({ page, logIn }) {
      await logIn('wrong')
      await page.waitFor(shown('login-problem'))
      await logIn('wrong')
      await page.waitFor(`document.getElementById('login-submit').textContent.indexOf('1') >= 0`)
    },
  },
  {
    name: 'login-code',
    cloud: coded('We have sent a code to +41 ** *** ** 12.'),
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('code-form'))
    },
  },
  {
    name: 'login-code-wrong',
    cloud: coded(),
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('code-form'))
      await page.fill('#code', '123 456')
      await page.click('#code-submit')
      await page.waitFor(shown('code-problem'))
    },
    expected: /403/,
  },
  {
    name: 'login-code-long',
    cloud: {
      ...coded(`${WITHOUT_SPACES}${LONG}`.repeat(2).slice(0, 256)),
      platformName: `${LONG}${WITHOUT_SPACES}`,
    },
    async play({ page }) {
      await page.waitFor(ready)
      await page.fill('#username', `Ada ${WITHOUT_SPACES}`)
      await page.fill('#password', PILOT.password)
      await page.click('#login-submit')
      await page.waitFor(shown('code-form'))
    },
  },
  {
    name: 'login-code-keyboard',
    cloud: coded(),
    keyboard: '#code',
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('code-form'))
    },
  },
  {
    name: 'login-code-over',
    cloud: { ...coded(), loginRateLimit: { perChallenge: { attempts: 1, windowSeconds: 300 } } },
    async play({ page, logIn }) {
      await logIn()
      await page.waitFor(shown('code-form'))
      await page.fill('#code', '123456')
      await page.click('#code-submit')
      await page.waitFor(shown('login-problem'))
    },
    expected: /403/,
  },
]
