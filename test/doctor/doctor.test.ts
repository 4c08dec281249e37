// Hosts that are broken on purpose, one way each: the doctor names the cause, and is silent on a healthy one.
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTls } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net'
import { Aedes } from 'aedes'
import { afterEach, describe, expect, test } from 'vitest'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import type { User, UserStore } from '../../src/core/ports/index.ts'
import { ask } from '../../src/doctor/ask.ts'
import { type DoctorOptions, doctor } from '../../src/doctor/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { makeCertificates } from '../support/certificates.ts'
import { startHost } from '../support/hosts.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

const LICENSE = {
  appId: '100001',
  appKey: 'fakefakefakefakefakefake',
  appLicense: 'ZmFrZSBsaWNlbnNlIGZvciB0ZXN0cyE=',
}
const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function host(more: DjiCloudOptions = {}) {
  const started = await startHost(
    { framework: 'express 5', mount: '/drones', parser: 'before' },
    { users: testUsers(), license: LICENSE, logger: false, mqtt: { port: 0, host: '127.0.0.1' }, ...more },
  )
  await started.cloud.ready()
  closing.push(() => started.close())
  return started
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

const examine = (url: string, more: Partial<DoctorOptions> = {}) =>
  doctor({
    url: `${url}/drones/pilot`,
    username: 'amelia',
    password: PASSWORD,
    allowLocalAddresses: true,
    timeoutMs: 2_000,
    ...more,
  })
const idsOf = async (report: ReturnType<typeof doctor>) => (await report).findings.map(({ id }) => id)

/** Passes everything on to a host, but for what `change` answers itself. */
async function proxy(
  target: string,
  change: (...call: Parameters<RequestListener>) => boolean,
  headers: Record<string, string> = {},
) {
  const server = createServer(async (request, response) => {
    if (change(request, response)) return
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { host: _host, connection: _connection, upgrade: _upgrade, ...passed } = request.headers
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: passed as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    const {
      'content-encoding': _encoding,
      'content-length': _length,
      ...own
    } = Object.fromEntries(answer.headers)
    response.writeHead(answer.status, { ...own, ...headers }).end(Buffer.from(await answer.arrayBuffer()))
  })
  return `http://127.0.0.1:${await listen(server)}`
}

test('a healthy host: nothing to say, and nothing left behind', async () => {
  const { url, cloud } = await host()
  const report = await examine(url)
  expect(report.findings).toEqual([])
  expect(report.healthy).toBe(true)
  // The certificate of an http address, and what is for pages of other platforms. The checks of plugins are one check.
  const skipped = report.checks.filter(({ outcome }) => outcome === 'skipped')
  expect(skipped).toHaveLength(3)
  expect(report.checks.filter((check) => !skipped.includes(check)).map(({ outcome }) => outcome)).toEqual(
    new Array(9).fill('ok'),
  )
  expect(await cloud.sessions.list()).toEqual([])
})

test('a host examines itself', async () => {
  const { url, cloud } = await host()
  const report = await cloud.doctor({
    url: `${url}/drones/pilot`,
    username: 'amelia',
    password: PASSWORD,
    allowLocalAddresses: true,
  })
  expect(report).toMatchObject({ healthy: true, findings: [] })
  await expect(cloud.doctor()).rejects.toMatchObject({ code: 'OPTIONS' })
})

test('without an account it looks as far as the login page', async () => {
  const { url } = await host()
  const report = await doctor({ url: `${url}/drones/pilot`, allowLocalAddresses: true })
  // What was not looked at is not known to be well.
  expect(report).toMatchObject({ healthy: false, verdict: 'incomplete', findings: [] })
  const unchecked = report.checks.filter(({ outcome }) => outcome === 'unchecked')
  expect(unchecked).toHaveLength(7)
  expect(unchecked[0]?.why).toContain('no account was given')
})

describe('broken hosts', () => {
  const movedTo = (workspace: object): UserStore => {
    const store = testUsers()
    const move = (user: User | null) => user && { ...user, workspace: { ...WORKSPACE_A, ...workspace } }
    return {
      authenticate: async (...who) => move(await store.authenticate(...who)),
      findById: async (id) => move(await store.findById(id)),
    }
  }
  const options: readonly (readonly [
    name: string,
    options: () => DjiCloudOptions | Promise<DjiCloudOptions>,
    expected: readonly string[],
  ])[] = [
    ['row 1: a workspace id that is no UUID', () => ({ users: movedTo({ id: 'alpha' }) }), ['workspace-id']],
    [
      'row 2: a broker that nobody answers on, and that lets everybody do everything',
      async () => {
        const aedes = await Aedes.createBroker()
        closing.push(() => aedes.close())
        return { mqtt: { url: `tcp://127.0.0.1:${await listen(createTcp(aedes.handle))}`, port: 0 } }
      },
      ['mqtt-anonymous', 'status-unanswered', 'mqtt-foreign'],
    ],
    [
      'row 3: an MQTT address where nobody listens',
      async () => {
        const server = createTcp()
        const port = await listen(server)
        await new Promise((resolve) => server.close(resolve))
        return { mqtt: { url: `tcp://127.0.0.1:${port}`, port: 0 } }
      },
      ['mqtt-unreachable'],
    ],
    [
      'row 3: a web server at the MQTT address',
      async () => ({ mqtt: { url: `tcp://127.0.0.1:${await listen(createServer())}`, port: 0 } }),
      ['mqtt-not-mqtt'],
    ],
    [
      'row 3: a broker that does not know our credentials',
      async () => {
        const aedes = await Aedes.createBroker({
          authenticate: (_client, _user, _password, done) =>
            done(Object.assign(new Error('no'), { returnCode: 5 }) as never, false),
        })
        closing.push(() => aedes.close())
        return { mqtt: { url: `tcp://127.0.0.1:${await listen(createTcp(aedes.handle))}`, port: 0 } }
      },
      ['mqtt-refused'],
    ],
    [
      'row 3: a broker that is down',
      () => ({ broker: Object.assign(idleBroker(), { status: 'down' }) }),
      ['mqtt-none'],
    ],
    [
      'row 4: a placeholder for a licence',
      () => ({ license: { ...LICENSE, appLicense: 'your-license-here' } }),
      ['license-placeholder'],
    ],
    [
      'row 4: a licence that was cut',
      () => ({ license: { ...LICENSE, appLicense: 'ZmFrZSBs!aWNl' } }),
      ['license-malformed'],
    ],
    [
      'row 15: a public address that is not this one',
      () => ({ publicUrl: 'http://elsewhere.example/drones' }),
      ['api-host', 'mqtt-name-unknown', 'ws-refused'],
    ],
  ]
  test.each(options)('%s', async (_name, make, expected) => {
    const { url } = await host(await make())
    expect(await idsOf(examine(url))).toEqual(expected)
  })

  test('row 4: no licence at all', async () => {
    const { license: _license, ...rest } = {
      users: testUsers(),
      logger: false,
      mqtt: { port: 0, host: '127.0.0.1' },
      license: LICENSE,
    } as const
    const started = await startHost({ framework: 'koa 3', mount: '/drones', parser: 'none' }, rest)
    closing.push(() => started.close())
    await started.cloud.ready()
    expect(await idsOf(examine(started.url))).toEqual(['license-missing'])
  })

  test('row 5: the wrong path, or nobody there', async () => {
    const { url } = await host()
    expect(await idsOf(doctor({ url: `${url}/drone/pilot`, allowLocalAddresses: true }))).toEqual([
      'page-status',
    ])
    expect(await idsOf(doctor({ url: 'http://127.0.0.1:1/pilot', allowLocalAddresses: true }))).toEqual([
      'page-unreachable',
    ])
  })

  test('row 5: a proxy that holds the scripts back', async () => {
    const { url } = await host()
    const broken = await proxy(
      url,
      ({ url: path }, response) => path?.includes('/assets/') === true && !!response.writeHead(404).end(),
    )
    expect(await idsOf(doctor({ url: `${broken}/drones/pilot`, allowLocalAddresses: true }))).toEqual(
      expect.arrayContaining(['page-no-script']),
    )
  })

  test('row 15: a path prefix that a proxy takes away is named, not the password', async () => {
    const { url } = await host()
    const broken = await proxy(url, ({ url: path }, response) => {
      return path?.includes('/manage/') === true && !!response.writeHead(404).end()
    })
    const report = await examine(broken)
    expect(report.findings.map(({ id }) => id)).toEqual(['api-path'])
    expect(report.findings[0]?.at).toBe(new URL(broken).host)
  })

  test('row 12: a proxy that lets the page be kept', async () => {
    const { url } = await host()
    const broken = await proxy(url, () => false, { 'cache-control': 'max-age=600' })
    expect(await idsOf(doctor({ url: `${broken}/drones/pilot`, allowLocalAddresses: true }))).toEqual([
      'page-cached',
    ])
  })

  test('a proxy that lets no WebSocket through', async () => {
    const { url } = await host()
    const broken = await proxy(url, () => false)
    // The page gives out the address that it was loaded from, so nothing else is wrong.
    expect(await idsOf(examine(broken))).toEqual(['ws-refused'])
  })

  test('row 17: a clock that is off', async () => {
    const { url } = await host()
    const report = await doctor({
      url: `${url}/drones/pilot`,
      allowLocalAddresses: true,
      now: () => Date.now() - 600_000,
    })
    expect(report.findings).toMatchObject([
      { id: 'clock-skew', evidence: expect.stringContaining('ahead of') },
    ])
  })

  test('rows 3 and 6: addresses that only work here', async () => {
    const { url } = await host()
    expect(await idsOf(examine(url, { allowLocalAddresses: false }))).toEqual([
      'address-localhost',
      'page-http',
      'address-localhost',
      'address-plain',
    ])
  })

  test('a wrong password, and too many of them', async () => {
    const { url } = await host({
      loginRateLimit: { perAccountAndAddress: { attempts: 1, windowSeconds: 60 } },
    })
    expect(await idsOf(examine(url, { password: 'nope' }))).toEqual(['login-refused'])
    expect(await idsOf(examine(url, { password: 'nope' }))).toEqual(['login-throttled'])
  })

  test('no address at all', async () => {
    expect(await idsOf(doctor({ url: 'cloud.example.com/pilot' }))).toEqual(['address-invalid'])
  })
})

describe('row 7: certificates', () => {
  const made = makeCertificates()
  const chain = `${made.good.cert}${made.intermediate}`
  const whole = (pair: { key: string; cert: string }) => ({
    ...pair,
    cert: `${pair.cert}${made.intermediate}`,
  })
  test.each<[string, { key: string; cert: string }, string[], boolean?]>([
    ['a full chain', { ...made.good, cert: chain }, []],
    ['self-signed', made.selfSigned, ['tls-self-signed']],
    ['without the intermediate', made.good, ['tls-chain']],
    ['without the intermediate, of an authority that is unknown here', made.good, ['tls-chain'], false],
    ['of a private authority', made.privateLeaf, ['tls-private-ca'], false],
    ['of a private authority that is known', made.privateLeaf, []],
    ['of a private authority, with its whole chain', whole(made.good), ['tls-private-ca'], false],
    [
      'of a private authority, with the authority itself',
      { ...made.privateLeaf, cert: `${made.privateLeaf.cert}${made.ca}` },
      ['tls-private-ca'],
      false,
    ],
    ['for another name', whole(made.otherName), ['tls-name']],
    [
      'for another name, and of a private authority',
      whole(made.otherName),
      ['tls-name', 'tls-private-ca'],
      false,
    ],
    ['expired', whole(made.expired), ['tls-expired']],
  ])('%s', async (_name, pair, expected, knowsCa = true) => {
    const { url } = await host()
    const inner = await fetch(`${url}/drones/pilot`)
    const [html, headers] = [await inner.text(), { 'content-type': 'text/html', 'cache-control': 'no-store' }]
    const server = createTls(pair, (request, response) => {
      if (request.url?.endsWith('/pilot')) response.writeHead(200, headers).end(html)
      else response.writeHead(200).end()
    })
    const port = await listen(server)
    const link = `https://localhost:${port}/drones/pilot`
    const report = await doctor({ url: link, allowLocalAddresses: true, ...(knowsCa ? { ca: made.ca } : {}) })
    expect(report.findings.map(({ id }) => id).sort()).toEqual([...expected].sort())
    for (const { at } of report.findings) expect(at).toBe(`localhost:${port}`)
  })

  test.each([
    ['self-signed', made.selfSigned, made.ca],
    ['of a private authority', made.privateLeaf, undefined],
    ['for another name', whole(made.otherName), made.ca],
  ])('%s: the password is not sent, unless that is wanted', async (_name, pair, ca) => {
    const { url } = await host()
    const inner = await fetch(`${url}/drones/pilot`)
    const html = await inner.text()
    const bodies: string[] = []
    const server = createTls(pair, (request, response) => {
      if (request.url?.endsWith('/pilot'))
        return void response
          .writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
          .end(html)
      let body = ''
      request
        .on('data', (chunk) => (body += chunk))
        .on('end', () => {
          bodies.push(body)
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":1,"message":"no"}')
        })
    })
    const link = `https://localhost:${await listen(server)}/drones/pilot`
    const options = {
      url: link,
      allowLocalAddresses: true,
      username: 'pia',
      password: 'a-fake-password',
      ...(ca && { ca }),
    }
    const report = await doctor(options)
    expect(bodies.join()).not.toContain('a-fake-password')
    expect(report.checks.find(({ title }) => title === 'login')).toMatchObject({
      outcome: 'unchecked',
      why: expect.stringContaining('the password was not sent'),
    })
    expect(report.verdict).not.toBe('good')
    await doctor({ ...options, insecure: true })
    expect(bodies.join()).toContain('a-fake-password')
  })

  test('neither password nor token follow a redirect to another host', async () => {
    const taken: string[] = []
    const other = createServer((request, response) => {
      request.on('data', (chunk) => taken.push(String(chunk))).on('end', () => response.end('{}'))
    })
    const elsewhere = `http://127.0.0.1:${await listen(other)}/login`
    const first = createServer(
      (_request, response) => void response.writeHead(307, { location: elsewhere }).end(),
    )
    const url = `http://127.0.0.1:${await listen(first)}/login`
    const answer = await ask({ timeout: 2_000, token: null }, url, {
      method: 'POST',
      body: { password: 'x' },
    })
    expect([answer.status, taken]).toEqual([307, []])
    expect((await ask({ timeout: 2_000, token: 'a-token' }, url)).status).toBe(307)
    expect((await ask({ timeout: 2_000, token: null }, url)).status).toBe(200)
  })
})
