import { describe, expect, it } from 'vitest'
import { createDjiCloud, type DjiCloudOptions, isDjiCloudError } from '../../src/index.ts'
import {
  concernsAll,
  failureOf,
  hasAnswered,
  hasTakenBack,
  isTokenRefused,
  LoginFailure,
  userInfoFailure,
} from '../../src/plugins/oidc-login/failures.ts'
import { longestCheckMs } from '../../src/plugins/oidc-login/grants.ts'
import { oidcLogin } from '../../src/plugins/oidc-login/index.ts'
import { readOptions } from '../../src/plugins/oidc-login/options.ts'
import { personOf, TO_USER_MS } from '../../src/plugins/oidc-login/people.ts'
import { createSeal } from '../../src/plugins/oidc-login/sealed.ts'
import {
  lastWord,
  lookEveryMs,
  nextCheckAt,
  nextTryAt,
  standingOf,
} from '../../src/plugins/oidc-login/standing.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { closing } from './stage.ts'

const SOUND = { issuer: 'https://login.example.com/realms/crew', clientId: 'drones', toUser: () => null }

describe('options', () => {
  const faultsOf = (more: object, env: Record<string, string> = {}): string[] => {
    const read = readOptions({ ...SOUND, ...more }, env)
    return 'faults' in read
      ? read.faults.map(
          ({ option, variable, fix }) => `${option}${variable === undefined ? '' : ` (${variable})`}: ${fix}`,
        )
      : []
  }

  it.each<[string, object, RegExp | null]>([
    ['nothing is wrong', {}, null],
    [
      'everything is given',
      {
        id: 'crew-login',
        label: 'Crew',
        clientSecret: 'x',
        scope: 'openid groups',
        redirectUri: 'https://a.example/oidc/callback',
        postLogoutRedirectUri: 'https://a.example/oidc/signed-out',
        authorizationParams: { prompt: 'login' },
        clientAuthentication: 'client_secret_post',
        userInfo: false,
        checkSeconds: 60,
        maxAgeSeconds: 300,
        timeoutMs: 100,
        clockToleranceSeconds: 0,
      },
      null,
    ],
    ['no issuer', { issuer: undefined }, /^oidc\.issuer \(DJI_CLOUD_OIDC_ISSUER\): is missing/],
    ['no client id', { clientId: undefined }, /^oidc\.clientId \(DJI_CLOUD_OIDC_CLIENT_ID\): is missing/],
    [
      'an issuer that is a name',
      { issuer: 'login.example.com' },
      /oidc\.issuer .*needs an address without a query/,
    ],
    ['an issuer with a query', { issuer: 'https://login.example.com/?tenant=1' }, /without a query/],
    ['an issuer with a password', { issuer: 'https://a:b@login.example.com' }, /needs an address/],
    ['no toUser', { toUser: undefined }, /^oidc\.toUser: .*null for everybody who may not come in/],
    ['a scope without openid', { scope: 'profile email' }, /^oidc\.scope: needs 'openid'/],
    [
      'a parameter of each login',
      { authorizationParams: { state: 'x' } },
      /^oidc\.authorizationParams: must not have/,
    ],
    [
      'a time that is no number',
      { authorizationParams: { max_age: 'soon' } },
      /^oidc\.authorizationParams: needs whole seconds in max_age/,
    ],
    ['a time', { authorizationParams: { max_age: '3600' } }, null],
    ...['common', 'organizations', 'consumers', 'Common/v2.0/.well-known/openid-configuration'].map(
      (path): [string, object, RegExp] => [
        `Entra ID for all, as ${path}`,
        { issuer: `https://login.microsoftonline.com/${path}` },
        /^oidc\.issuer \(DJI_CLOUD_OIDC_ISSUER\): is for accounts of every organisation.*the address of your own tenant/,
      ],
    ),
    [
      'Entra ID of one tenant',
      { issuer: 'https://login.microsoftonline.com/5a5a5a5a-0000-4000-8000-0000000000f1/v2.0' },
      null,
    ],
    ['a realm of that name elsewhere', { issuer: 'https://login.example.com/common' }, null],
    [
      'checks that are too many',
      { checkSeconds: 5 },
      /^oidc\.checkSeconds: needs a number of at least 60; got 5/,
    ],
    [
      'a misspelled option',
      { clientID: 'x' },
      /clientID: is not an option of oidcLogin; did you mean "clientId"/,
    ],
    [
      'another id',
      { id: 'crew-login', issuer: undefined },
      /^crew-login\.issuer \(DJI_CLOUD_CREW_LOGIN_ISSUER\)/,
    ],
  ])('%s', (_name, more, words) => {
    const faults = faultsOf(more)
    if (words === null) expect(faults).toEqual([])
    else expect(faults.join('\n')).toMatch(words)
  })

  it.each([undefined, null, {}])(
    'of JavaScript that gives none (%s) are named, each with its variable',
    (given) => {
      const plugin = oidcLogin(given as never)
      expect(plugin.id).toBe('oidc')
      const read = readOptions(given as never, {})
      expect('faults' in read ? read.faults.map(({ option, variable }) => [option, variable]) : []).toEqual([
        ['oidc.issuer', 'DJI_CLOUD_OIDC_ISSUER'],
        ['oidc.clientId', 'DJI_CLOUD_OIDC_CLIENT_ID'],
        ['oidc.toUser', undefined],
      ])
    },
  )

  it('come from the environment, where the host gives none; an empty variable is none', () => {
    const env = {
      DJI_CLOUD_OIDC_ISSUER: 'https://env.example',
      DJI_CLOUD_OIDC_CLIENT_ID: 'env',
      DJI_CLOUD_OIDC_CLIENT_SECRET: '',
    }
    const { toUser } = SOUND
    expect(readOptions({ toUser }, env)).toMatchObject({
      options: { issuer: 'https://env.example', clientId: 'env', label: 'env.example' },
    })
    expect(readOptions(SOUND, env)).toMatchObject({ options: { issuer: SOUND.issuer, clientId: 'drones' } })
    expect(readOptions({ toUser }, env)).not.toHaveProperty('options.clientSecret')
  })

  it('the address of the configuration, as pages of providers show it, is taken for the issuer', () => {
    const issuer = `${SOUND.issuer}/.well-known/openid-configuration`
    expect(readOptions({ ...SOUND, issuer }, {})).toMatchObject({ options: { issuer: SOUND.issuer } })
  })

  const PRODUCTION: DjiCloudOptions = {
    environment: 'production',
    secret: 'an obviously fake secret for these tests only',
    publicUrl: 'https://drones.example.com',
    mqtt: { url: 'ssl://mqtt.example.com:8883' },
    license: { appId: '100001', appKey: 'fake-app-key-of-these-tests', appLicense: 'RkFLRQ==' },
  }
  const start = (more: object, options: DjiCloudOptions = {}): string => {
    try {
      closing.push(
        createDjiCloud({
          ...{ broker: idleBroker(), logger: false, users: false, ...options },
          plugins: [oidcLogin({ ...SOUND, ...more })],
        }),
      )
      return ''
    } catch (error) {
      if (!isDjiCloudError(error)) throw error
      return error.message
    }
  }

  it.each<[string, object, DjiCloudOptions, RegExp | null]>([
    [
      'a start without an issuer names option and variable',
      { issuer: undefined },
      {},
      /oidc\.issuer \(or DJI_CLOUD_OIDC_ISSUER\): is missing/,
    ],
    ['plain http in development', { issuer: 'http://localhost:3001' }, {}, null],
    [
      'plain http in production',
      { issuer: 'http://login.example.com' },
      PRODUCTION,
      /oidc\.issuer .*is not https: .*insecure: \["http"\]/,
    ],
    [
      'plain http in production, allowed',
      { issuer: 'http://login.example.com' },
      { ...PRODUCTION, insecure: ['http'] },
      null,
    ],
    ['https in production', {}, PRODUCTION, null],
    [
      'an address of another origin to come back to',
      { redirectUri: 'https://other.example.com/oidc/callback' },
      PRODUCTION,
      /oidc\.redirectUri: needs to begin with https:\/\/drones\.example\.com/,
    ],
    [
      'checks that come too late',
      { checkSeconds: 600, maxAgeSeconds: 300 },
      {},
      /oidc\.checkSeconds: needs to be at most maxAgeSeconds/,
    ],
  ])('%s', (_name, more, options, words) => {
    if (words === null) expect(start(more, options)).toBe('')
    else expect(start(more, options)).toMatch(words)
  })

  it('several processes have to share what the plugin keeps', () => {
    expect(oidcLogin(SOUND).needs).toEqual(['shared'])
  })

  it('no fault shows a secret', () => {
    expect(start({ clientSecret: 'a-fake-secret', issuer: 'a-fake-issuer', scope: 'x' })).not.toMatch(
      /a-fake/,
    )
  })
})

describe('failures', () => {
  const error = (fields: object) => Object.assign(new Error('words of the library'), fields)
  const back = (word: string) => error({ code: 'OAUTH_AUTHORIZATION_RESPONSE_ERROR', error: word })
  const body = (word: string, status = 400) =>
    error({ code: 'OAUTH_RESPONSE_BODY_ERROR', error: word, status })
  const refused = Object.assign(new TypeError('fetch failed'), { cause: error({ code: 'ECONNREFUSED' }) })

  it.each<[string, unknown, string, boolean]>([
    ['the user cancels', back('access_denied'), 'cancelled', false],
    ['nobody is logged in there', back('login_required'), 'cancelled', false],
    ['the provider is overloaded', back('temporarily_unavailable'), 'unavailable', false],
    ['the provider does not like the request', back('invalid_scope'), 'broken', false],
    ['the code is used', body('invalid_grant'), 'untrusted', true],
    ['the user has to do something', body('interaction_required'), 'broken', true],
    ['the secret is wrong', body('invalid_client', 401), 'broken', false],
    ['a proxy that forbids the request', body('access_denied', 403), 'broken', false],
    ['a refusal of a provider that says 403', body('invalid_grant', 403), 'untrusted', true],
    ['too many requests', body('invalid_grant', 429), 'untrusted', false],
    ['an error of the server', body('invalid_grant', 500), 'unavailable', false],
    ['no connection', refused, 'unavailable', false],
    ['no answer in time', error({ code: 'OAUTH_TIMEOUT' }), 'unavailable', false],
    ['our own limit', Object.assign(new Error('late'), { name: 'TimeoutError' }), 'unavailable', false],
    [
      'a proxy without the provider',
      error({ code: 'OAUTH_RESPONSE_IS_NOT_CONFORM', cause: { status: 502 } }),
      'unavailable',
      false,
    ],
    [
      'another answer',
      error({ code: 'OAUTH_RESPONSE_IS_NOT_CONFORM', cause: { status: 404 } }),
      'untrusted',
      false,
    ],
    ['a claim is wrong', error({ code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' }), 'untrusted', false],
    [
      'the token endpoint refuses',
      error({ code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', status: 401 }),
      'broken',
      false,
    ],
    ['a store is down', error({ code: 'STORE_UNAVAILABLE' }), 'unavailable', false],
    ['a bug', new RangeError('x'), 'broken', false],
    ['nothing', null, 'broken', false],
    ['ours', new LoginFailure('expired', 'x'), 'expired', false],
    ['another user', new LoginFailure('untrusted', 'x'), 'untrusted', true],
  ])('%s', (_name, given, kind, takenBack) => {
    expect(failureOf(given).kind).toBe(kind)
    expect(hasTakenBack(given)).toBe(takenBack)
  })

  it.each<[string, unknown, boolean, boolean, boolean]>([
    ['the token is refused', body('invalid_grant'), true, true, false],
    ['the user has to do something', body('interaction_required'), false, true, false],
    ['the secret is wrong', body('invalid_client', 401), false, true, true],
    [
      'the secret is wrong, in a header',
      error({ code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' }),
      ...([false, true, true] as const),
    ],
    ['an error of the server', body('server_error', 500), false, false, true],
    ['no connection', refused, false, true, true],
    ['no answer in time', error({ code: 'OAUTH_TIMEOUT' }), false, false, true],
    ['nonsense', error({ code: 'OAUTH_PARSE_ERROR' }), false, false, false],
    ['an error that came through the browser', back('temporarily_unavailable'), false, false, false],
    ['a store is down', error({ code: 'STORE_UNAVAILABLE' }), false, false, false],
  ])(
    '%s: whether the token is refused, is not used up, and all users are concerned',
    (_name, given, isRefused, isUnused, isOfAll) => {
      expect(isTokenRefused(given)).toBe(isRefused)
      expect(hasAnswered(given)).toBe(isUnused)
      expect(concernsAll(given)).toBe(isOfAll)
    },
  )

  it.each<[string, object, RegExp, boolean]>([
    [
      'refuses',
      { code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', status: 401 },
      /userinfo endpoint .* refused the access token/,
      false,
    ],
    [
      'refuses with the words of a token endpoint',
      { code: 'OAUTH_RESPONSE_BODY_ERROR', error: 'invalid_grant', status: 400 },
      /refused the access token/,
      false,
    ],
    [
      'answers about somebody else',
      { code: 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED' },
      /about another user/,
      true,
    ],
    ['answers nonsense', { code: 'OAUTH_PARSE_ERROR' }, /words of the library/, false],
  ])('a userinfo endpoint that %s', (_name, fields, words, takenBack) => {
    const failure = userInfoFailure(error(fields))
    expect(failureOf(failure).message).toMatch(words)
    expect(hasTakenBack(failure)).toBe(takenBack)
    expect(concernsAll(failure)).toBe(false)
  })

  it('a wrong secret is said in words', () => {
    for (const given of [body('invalid_client', 401), error({ code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' })])
      expect(failureOf(given).message).toContain('did not take client id and secret: check the options')
  })

  it('keep one short line of what the provider says, and nothing of what was sent', () => {
    const { facts } = failureOf(
      error({
        code: 'OAUTH_RESPONSE_BODY_ERROR',
        error: 'invalid_grant',
        error_description: `a\r\nb\u2028c ${'x'.repeat(500)}`,
        status: 400,
        cause: { body: { access_token: 'secret' } },
        response: {},
      }),
    )
    expect(facts).toEqual({
      ...{ code: 'OAUTH_RESPONSE_BODY_ERROR', provider_error: 'invalid_grant', status: 400 },
      provider_says: expect.stringMatching(/^a b c x{194}$/),
    })
  })
})

describe('how long a word counts', () => {
  const rules = { checkMs: 900_000, maxAgeMs: 43_200_000 }
  const at = (isOver: boolean, confirmedAt: number, dueAt: number) => ({ isOver, confirmedAt, dueAt })

  it.each<[string, ReturnType<typeof at>, number, string]>([
    ['just confirmed', at(false, 0, 720_000), 0, 'known'],
    ['before the next check', at(false, 0, 720_000), 719_999, 'known'],
    ['time for a check', at(false, 0, 720_000), 720_000, 'due'],
    ['long past, and never asked', at(false, 0, 720_000), 99_000_000, 'due'],
    ['asked in vain, still fresh', at(false, 0, 50_000_000), 43_199_999, 'known'],
    ['asked in vain for too long', at(false, 0, 50_000_000), 43_200_000, 'over'],
    ['taken back', at(true, 0, 720_000), 1, 'over'],
  ])('%s', (_name, facts, now, standing) => {
    expect(standingOf(facts, now, rules)).toBe(standing)
    if (standing !== 'due') expect(lastWord(facts, now, rules)).toBe(standing)
  })

  it.each([60, 300, 900, 86_400])(
    'a check every %i seconds: the latest one comes before the time is over',
    (seconds) => {
      const own = { ...rules, checkMs: seconds * 1000 }
      // Asked last just before a look, so that it is due at the look after the next.
      const latest = nextCheckAt(0, own) + lookEveryMs(own)
      expect(latest).toBeLessThanOrEqual(own.checkMs)
      expect(nextTryAt(0, own)).toBeLessThanOrEqual(60_000)
    },
  )
})

describe('seals', () => {
  const key = (byte: number) => new Uint8Array(32).fill(byte)
  let now = 0
  const seal = createSeal([key(1)], 1_000, () => now)

  it('open what they closed, in time, and nothing else', () => {
    now = 0
    const closed = seal.close({ a: 'text', b: [1] })
    expect(closed).toMatch(/^[\w-]+$/)
    expect(closed).not.toContain('text')
    expect(seal.close({ a: 'text', b: [1] })).not.toBe(closed)
    expect(seal.open(closed)).toEqual({ a: 'text', b: [1] })
    expect(createSeal([key(2)], 1_000, () => now).open(closed)).toBe(null)
    now = 1_000
    expect(seal.open(closed)).toBe(null)
  })

  it('a changed byte, wherever it is, opens nothing', () => {
    now = 0
    const closed = Buffer.from(seal.close('x'), 'base64url')
    for (let index = 0; index < closed.length; index += 1) {
      const changed = Buffer.from(closed)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(seal.open(changed.toString('base64url'))).toBe(null)
    }
    for (const text of [null, '', 'x', 'A'.repeat(38)]) expect(seal.open(text)).toBe(null)
  })

  it('of an older secret still open, and new ones are made with the newest', () => {
    now = 0
    const old = seal.close('x')
    const rotated = createSeal([key(9), key(1)], 1_000, () => now)
    expect(rotated.open(old)).toBe('x')
    expect(seal.open(rotated.close('y'))).toBe(null)
  })
})

describe('a toUser that hangs', () => {
  it('fails in time', async () => {
    await expect(personOf(() => new Promise(() => undefined), { sub: 'a' }, 'oidc', 20)).rejects.toThrow(
      'toUser() of oidc took longer than 0.02 seconds',
    )
  })

  it('is over before another node may check the user', () => {
    for (const timeoutMs of [100, 5_000, 30_000])
      expect(longestCheckMs(timeoutMs)).toBeGreaterThan(4 * timeoutMs + TO_USER_MS + 3 * 2_000)
  })
})
