import type { Act, PreviewState } from './state.ts'

const LONG = 'Bergrettung und Waldbrandüberwachung Nordost, Einsatzabschnitt Siebzehn, '
const WITHOUT_SPACES = 'Donaudampfschifffahrtsgesellschaftskapitänspatentinhaberverzeichnis'

const FIELDS = [
  {
    ...{ name: 'tenant', label: 'Area', required: true, max_length: 64, remember: true },
    choices: [
      { value: 'north', label: 'North Sea' },
      { value: 'south', label: 'South coast' },
    ],
  },
  {
    ...{ name: 'callsign', label: 'Call sign', required: false, max_length: 64, remember: true },
    choices: null,
  },
]
const HELP = 'Forgot your password? Call the duty officer, 555-0100.'
const links = [{ id: 'sso', label: 'Example SSO', href: '/pilot/login' }]
const known = (name: string) => ({
  ...{ user: { id: 'ada', name }, label: 'Example SSO', sign_out: '/pilot/login', links: [], password: true },
})

const LOG_IN: readonly Act[] = [
  ['fill', '#username', 'pia'],
  ['fill', '#password', 'a-fake-password'],
  ['click', '#login-submit'],
]
const REFUSED = { status: 403, code: 403001, data: null }
const THROTTLED = { status: 429, code: 429001, data: { retry_after: 900 } }
const challenge = (hint: string | null) => ({
  status: 403,
  code: 403009,
  data: {
    challenge: { token: 'fake', kind: 'otp', digits: 6, attempts_left: 5, expires_in: 300, hint },
  },
})
const coded: Pick<PreviewState, 'login' | 'server'> = {
  login: { second_step: true },
  server: {
    login: challenge('We have sent a code to +41 ** *** ** 12.'),
    challenge: { status: 403, code: 403010, data: { attempts_left: 4 } },
  },
}

/** States of the login page. */
export const LOGIN_STATES: readonly PreviewState[] = [
  { name: 'login', page: 'login' },
  { name: 'login-refused', page: 'login', server: { login: REFUSED }, acts: LOG_IN },
  { name: 'login-throttled', page: 'login', server: { login: THROTTLED }, acts: LOG_IN },
  { name: 'login-reason', page: 'login', reason: 'expired' },
  { name: 'login-unreachable', page: 'login', token: true, server: { away: true } },
  { name: 'login-outside', page: 'login', pilot: null },
  {
    name: 'login-with',
    page: 'login',
    signIn: { user: null, label: null, sign_out: null, links, password: true },
  },
  { name: 'login-continue', page: 'login', signIn: known('Ada Example') },
  { name: 'login-fields', page: 'login', login: { fields: FIELDS, help: HELP } },
  {
    ...{ name: 'login-fields-long', page: 'login', platformName: `${LONG}${WITHOUT_SPACES}` },
    login: {
      fields: FIELDS.map((field) => ({ ...field, label: WITHOUT_SPACES.slice(0, 64) })),
      help: `${LONG}${WITHOUT_SPACES}`.repeat(2),
    },
  },
  { name: 'login-fields-missing', page: 'login', login: { fields: FIELDS, help: HELP }, acts: LOG_IN },
  { name: 'login-code', page: 'login', ...coded, acts: LOG_IN },
  {
    ...{ name: 'login-code-wrong', page: 'login' },
    ...coded,
    acts: [...LOG_IN, ['fill', '#code', '123456'], ['click', '#code-submit']],
  },
]
