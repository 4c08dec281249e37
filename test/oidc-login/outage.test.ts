import { afterEach, describe, expect, it, vi } from 'vitest'
import { startProvider } from '../../examples/oidc/provider.ts'
import { doctor } from '../../src/doctor/index.ts'
import { loadPackage } from '../../src/plugin.ts'
import { createConnection, type Library } from '../../src/plugins/oidc-login/connection.ts'
import { readOptions } from '../../src/plugins/oidc-login/options.ts'
import { PILOT } from '../support/cloud.ts'
import { recordLogs } from '../support/logs.ts'
import { startForgedProvider } from './forged-provider.ts'
import { createJar } from './jar.ts'
import { closing, comeBack, freePort, goOn, logIn, noticeOf, openPlatform, openStage } from './stage.ts'

afterEach(() => void vi.useRealTimers())

const UNREACHABLE = 'The login service cannot be reached now'

describe('a provider that is down', () => {
  it('when the platform starts does not stop the start; its log, its health and the page say so; and it is found when it is back', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const port = await freePort()
    const { base, cloud, logs } = await openPlatform(`http://localhost:${port}`)
    const oidc = () => cloud.cloud.health().plugins['oidc']
    await expect.poll(() => oidc()?.status).toBe('down')
    expect(oidc()?.detail).toBe('Example Login: the provider does not answer (ECONNREFUSED)')
    expect(cloud.cloud.health().status).toBe('degraded')
    const { reply, url } = await createJar().follow(`${base}/oidc/login`)
    expect(url).toBe(`${base}/pilot/login?reason=sign_in_unavailable`)
    expect(noticeOf(reply.text)).toContain(UNREACHABLE)
    const said = () => logs.lines.filter(({ message }) => message.startsWith('Nobody can log in'))
    expect(said()).toMatchObject([{ level: 'warn', fields: { code: 'ECONNREFUSED' } }])

    const provider = await startProvider({ port })
    closing.push(provider)
    vi.advanceTimersByTime(15_000)
    await expect.poll(() => oidc()?.status).toBe('up')
    expect(said()).toHaveLength(1)
    expect(logs.lines.map(({ message }) => message)).toContain('The OpenID Connect provider answers again.')
    expect((await logIn(base)).page).toContain('Continue as Ada Example')
  })

  it('is asked by the next click, not only by the clock', async () => {
    const port = await freePort()
    const { base, cloud } = await openPlatform(`http://localhost:${port}`)
    await expect.poll(() => cloud.cloud.health().plugins['oidc']?.status).toBe('down')
    closing.push(await startProvider({ port }))
    cloud.advance(2_000)
    expect((await logIn(base)).page).toContain('Continue as Ada Example')
  })

  it('between the login there and the way back is said in words', async () => {
    const stage = await openStage()
    const { jar, callback } = await comeBack(stage.base)
    await stage.provider.close()
    closing.splice(0, 1)
    const { reply } = await jar.follow(callback)
    expect(noticeOf(reply.text)).toContain(UNREACHABLE)
    expect(stage.told).toEqual([])
    expect(stage.cloud.cloud.health().plugins).toMatchObject({ oidc: { status: 'degraded' } })
  })

  it.each(['/token', '/userinfo', '/jwks'])('or that hangs at %s keeps nobody waiting', async (path) => {
    const forged = await startForgedProvider()
    closing.push(forged)
    // The second login below has to be in time on a busy machine too.
    const stage = await openPlatform(forged.issuer, { oidc: { clientSecret: undefined, timeoutMs: 1_000 } })
    forged.bends.hangs = new RegExp(`^${path}`)
    const since = performance.now()
    const { reply } = await createJar().follow(`${stage.base}/oidc/login`)
    expect(performance.now() - since).toBeLessThan(5_000)
    expect(noticeOf(reply.text)).toContain(UNREACHABLE)
    forged.bends.hangs = null
    expect((await createJar().follow(`${stage.base}/oidc/login`)).reply.text).toContain(
      'Continue as Fay Forged',
    )
  })

  it('is a finding of the doctor', async () => {
    const port = await freePort()
    const { cloud } = await openPlatform(`http://localhost:${port}`, { cloud: { users: [PILOT] } })
    await expect.poll(() => cloud.cloud.health().plugins['oidc']?.status).toBe('down')
    const report = await doctor({ url: `${cloud.url}/pilot`, ...PILOT, allowLocalAddresses: true })
    expect(JSON.stringify(report)).toContain('does not reach the OpenID Connect provider Example Login')
  })

  it('that is up is none', async () => {
    const { cloud } = await openStage({ cloud: { users: [PILOT] } })
    await expect.poll(async () => (await createJar().ask(`${cloud.url}/oidc/login`)).status).toBe(303)
    const report = await doctor({ url: `${cloud.url}/pilot`, ...PILOT, allowLocalAddresses: true })
    expect(JSON.stringify(report)).not.toContain('does not reach')
  })
})

describe('a provider that refuses the platform', () => {
  it('stays down in health, although its metadata can be read; the first login that works ends it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const forged = await startForgedProvider()
    closing.push(forged)
    const { base, cloud, logs } = await openPlatform(forged.issuer, {
      oidc: { clientSecret: 'a fake secret' },
    })
    const oidc = () => cloud.cloud.health().plugins['oidc']
    forged.bends.token = () => ({ status: 401, body: { error: 'invalid_client' } })
    await createJar().follow(`${base}/oidc/login`)
    expect(oidc()).toMatchObject({
      status: 'down',
      detail: expect.stringContaining('check the options clientId and clientSecret'),
    })
    const asked = () => forged.asked.filter((one) => one.endsWith('openid-configuration')).length
    const before = asked()
    cloud.advance(10 * 60_000)
    vi.advanceTimersByTime(15_000)
    await expect.poll(asked).toBe(before + 1)
    await createJar().ask(`${base}/oidc/login`)
    expect(oidc()?.status).toBe('down')
    forged.bends.token = () => null
    await createJar().follow(`${base}/oidc/login`)
    expect(oidc()).toEqual({ status: 'up' })
    expect(logs.lines.map(({ message }) => message)).toContain('The OpenID Connect provider answers again.')
  })

  it('is not what anybody can write into the address', async () => {
    const { base, cloud } = await openStage()
    const jar = createJar()
    const { headers } = await jar.ask(`${base}/oidc/login`)
    const there = new URL(String(headers.location))
    const query = new URLSearchParams({
      state: there.searchParams.get('state') ?? '',
      error: 'temporarily_unavailable',
      iss: there.origin,
    })
    const { reply } = await jar.follow(`${base}/oidc/callback?${query}`)
    expect(noticeOf(reply.text)).toContain(UNREACHABLE)
    expect(cloud.cloud.health().plugins['oidc']).toEqual({ status: 'up' })
  })
})

describe('clocks', () => {
  it.each([
    [20, 30, true],
    [40, 30, false],
    [40, 60, true],
    [2, 0, false],
  ])(
    'an ID token that ended %i seconds ago, with a tolerance of %i: %s',
    async (late, clockToleranceSeconds, isIn) => {
      const forged = await startForgedProvider()
      closing.push(forged)
      forged.bends.claims = (claims) => ({
        ...claims,
        iat: Number(claims['iat']) - 300,
        exp: Number(claims['iat']) - late,
      })
      const { base } = await openPlatform(forged.issuer, {
        oidc: { clientSecret: undefined, clockToleranceSeconds },
      })
      const { reply } = await createJar().follow(`${base}/oidc/login`)
      expect(reply.text.includes('Continue as Fay')).toBe(isIn)
    },
  )
})

describe('how the secret is sent', () => {
  it.each([
    [undefined, ['client_secret_basic', 'client_secret_post'], 'basic'],
    [undefined, ['client_secret_post'], 'post'],
    [undefined, undefined, 'basic'],
    ['client_secret_post', ['client_secret_basic'], 'post'],
  ] as const)('option %s, at a provider that knows %s: %s', async (clientAuthentication, known, way) => {
    const forged = await startForgedProvider()
    closing.push(forged)
    forged.bends.metadata = (metadata) => ({ ...metadata, token_endpoint_auth_methods_supported: known })
    const secrets: unknown[] = []
    forged.bends.token = (form) => {
      secrets.push(form.get('client_secret'))
      return null
    }
    const { base } = await openPlatform(forged.issuer, {
      oidc: { clientAuthentication, clientSecret: 'a fake secret' },
    })
    await createJar().follow(`${base}/oidc/login`)
    expect(secrets).toEqual([way === 'post' ? 'a fake secret' : null])
  })
})

describe('openid-client', () => {
  const connect = (load: () => Promise<unknown>) => {
    const read = readOptions({ issuer: 'https://login.example.com', clientId: 'x', toUser: () => null }, {})
    if ('faults' in read) throw new Error(JSON.stringify(read.faults))
    const { logger } = recordLogs()
    return createConnection({
      options: read.options,
      logger,
      now: Date.now,
      load: load as () => Promise<Library>,
    })
  }

  it('that is not installed is an error with the command that installs it, and a health that says so', async () => {
    const connection = connect(() => loadPackage('openid-client-that-nobody-has', 'oidcLogin', '6'))
    await expect(connection.client()).rejects.toMatchObject({
      code: 'PACKAGE_MISSING',
      message: expect.stringContaining('npm install openid-client-that-nobody-has@6'),
    })
    expect(connection.state()).toEqual({
      status: 'down',
      detail: 'openid-client 6 cannot be loaded: npm install openid-client@6',
    })
  })

  it('of another version is named, and taken when it is right', async () => {
    let found: object = { Issuer: class {} }
    const connection = connect(async () => found)
    await expect(connection.client()).rejects.toThrow('needs openid-client 6, and an older one is installed')
    found = { discovery: () => undefined }
    await connection.client()
    expect(connection.state()).toEqual({ status: 'up' })
  })

  it('is loaded before ready(), so that a start tells that it is missing', async () => {
    const { cloud } = await openPlatform('http://localhost:9')
    await cloud.cloud.ready()
    expect(cloud.cloud.health().plugins['oidc']?.detail ?? '').not.toContain('npm install')
  })
})

it('a page that many open at once asks the provider once', async () => {
  const forged = await startForgedProvider()
  closing.push(forged)
  const { base } = await openPlatform(forged.issuer, { oidc: { clientSecret: undefined } })
  await Promise.all(Array.from({ length: 20 }, () => createJar().ask(`${base}/oidc/login`)))
  expect(forged.asked.filter((one) => one.endsWith('openid-configuration'))).toHaveLength(1)
})

it('too many calls from one address are refused with a time', async () => {
  const { base } = await openStage()
  const answers = await Promise.all(
    Array.from({ length: 125 }, () => createJar().ask(`${base}/oidc/callback`)),
  )
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(5)
  expect(refused[0]?.headers['retry-after']).toMatch(/^\d+$/)
  expect((await goOn(base, createJar())).code).toBe(403007)
})
