import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { placeOf } from '../../../src/adapters/brokers/embedded/doors.ts'
import { portTrouble } from '../../../src/adapters/brokers/embedded/listener.ts'
import { createDjiCloud, type DjiCloudOptions, embeddedBroker } from '../../../src/index.ts'
import { testUsers } from '../../support/accounts.ts'
import { makeCertificates } from '../../support/certificates.ts'

const tls = { cert: '-----BEGIN', key: '-----BEGIN' }

describe('where the embedded broker listens', () => {
  test.each([
    ['nobody says', {}, {}, { host: undefined, port: 1883, named: false, option: 'mqtt.port' }, null],
    [
      'the platform says',
      {},
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 0, named: true },
      null,
    ],
    [
      'the broker says',
      { port: 5, host: '::1' },
      {},
      { host: '::1', port: 5, named: true, option: 'embeddedBroker({ port })' },
      null,
    ],
    ['both say the same', { port: 5 }, { port: 5 }, { port: 5 }, null],
    ['each says half', { port: 5 }, { host: '::1' }, { port: 5, host: '::1' }, null],
    [
      'they differ',
      { port: 5 },
      { port: 6 },
      { port: 5 },
      /mqtt\.port 6 is ignored, because embeddedBroker\(\{ port: 5 \}\)/,
    ],
    [
      'their addresses differ',
      { host: '::1' },
      { host: '127.0.0.1' },
      { host: '::1' },
      /mqtt\.host 127\.0\.0\.1 is ignored/,
    ],
    ['encrypted', { tls }, {}, { port: null }, null],
    ['encrypted, and a plain port by name', { tls, port: 5 }, {}, { port: 5, named: true }, null],
    // A port that nobody asked the broker for does not open a way in without encryption.
    [
      'encrypted, and a port of the platform',
      { tls },
      { port: 8883 },
      { port: null },
      /closes that port\. Remove it, set tls\.port/,
    ],
  ])('%s', (_name, own, wish, place, ignored) => {
    const found = placeOf(own, wish)
    expect(found).toMatchObject(place)
    if (ignored === null) expect(found.ignored).toEqual([])
    else expect(found.ignored.join()).toMatch(ignored)
  })
})

test.each([
  ['EADDRINUSE', /another program listens there .*choose another port with mqtt\.port/],
  ['EACCES', /no right to open it .*choose another port with mqtt\.port/],
  ['EADDRNOTAVAIL', /does not belong to this machine .*Set mqtt\.host/],
  ['EWHATEVER', /EWHATEVER.*mqtt\.port/],
])('%s is told with what to do', (code, words) => expect(portTrouble(code, 'mqtt.port')).toMatch(words))

describe('mqtt.port of a platform with a broker of its own', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  function platform(options: DjiCloudOptions) {
    const said: string[] = []
    const nothing = () => undefined
    const logger = {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (_: object, text: string) => void said.push(text),
    }
    const cloud = createDjiCloud({ users: testUsers(), logger, ...options })
    closers.push(() => cloud.close())
    return { cloud, said }
  }

  async function port(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  test('is the port that it listens at', async () => {
    const wanted = await port()
    const { cloud, said } = platform({ broker: embeddedBroker(), mqtt: { port: wanted, host: '127.0.0.1' } })
    await cloud.ready()
    expect(cloud.mqttAddress('rc.local')).toBe(`tcp://rc.local:${wanted}`)
    expect(said.join()).not.toContain('mqtt.port')
  })

  test('opens no plain port beside TLS, and says so', async () => {
    const { cert, key } = makeCertificates().good
    const { cloud, said } = platform({
      broker: embeddedBroker({ tls: { cert, key, port: 0 } }),
      mqtt: { port: 0, host: '127.0.0.1' },
    })
    await cloud.ready()
    expect(cloud.mqttAddress('rc.local')).toMatch(/^ssl:/)
    expect(cloud.health().broker.detail).not.toContain('MQTT on port')
    expect(said.join()).toContain('mqtt.port is ignored: it is for MQTT without encryption')
  })

  test('that is taken is named by the error', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const { port: taken } = server.address() as AddressInfo
    const { cloud } = platform({ broker: embeddedBroker(), mqtt: { port: taken, host: '127.0.0.1' } })
    await expect(cloud.ready()).rejects.toThrow(
      `could not listen on port ${taken}: another program listens there (EADDRINUSE). Stop it, or choose another port with mqtt.port.`,
    )
  })
})
