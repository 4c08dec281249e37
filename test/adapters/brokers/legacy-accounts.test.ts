import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { embeddedBroker } from '../../../src/adapters/brokers/embedded/index.ts'
import { mosquittoBroker } from '../../../src/adapters/brokers/mosquitto/index.ts'
import { rabbitmqBroker } from '../../../src/adapters/brokers/rabbitmq/index.ts'
import type { BrokerAdapter } from '../../../src/core/ports/index.ts'
import { memoryDevices } from '../../../src/index.ts'
import { createVirtualPilot } from '../../../src/testing/index.ts'
import { PILOT, startCloud, type TestCloud, WORKSPACE } from '../../support/cloud.ts'
import { foreignPilot } from '../../support/foreign-front-end.ts'
import { startForwarder } from '../../support/forwarder.ts'
import { ADMIN, hasMosquitto, startMosquitto } from '../../support/mosquitto.ts'
import { hasRabbitmq, SERVICE, startRabbitmq } from '../../support/rabbitmq.ts'

const SECRET = 'obviously-fake-hook-secret'
const [OLD1, OLD2, NEW] = ['RCFAKE00000001', 'RCFAKE00000002', 'RCFAKE00000003']
const [A1, A3] = ['1581FAKE000000000001', '1581FAKE000000000003']
const ACCOUNT = { username: 'JavaServer', password: 'an obviously fake static one', workspace: WORKSPACE.id }

interface Running {
  readonly adapter: () => BrokerAdapter
  readonly platform?: (url: string) => void
  /** Whether a connection is tied to one controller, or an account to its list. */
  readonly ties: 'connection' | 'list'
  stop(): Promise<void>
}

const BROKERS: readonly (readonly [name: string, available: boolean, start: () => Promise<Running>])[] = [
  [
    'embedded',
    true,
    async () => ({
      adapter: () => embeddedBroker({ host: '127.0.0.1', port: 0 }),
      ties: 'connection',
      stop: async () => undefined,
    }),
  ],
  [
    'Mosquitto',
    hasMosquitto(),
    async () => {
      const real = await startMosquitto('dynsec')
      return { adapter: () => mosquittoBroker({ url: real.url, ...ADMIN }), ties: 'list', stop: real.stop }
    },
  ],
  [
    'RabbitMQ',
    hasRabbitmq(),
    async () => {
      const forwarder = await startForwarder()
      const real = await startRabbitmq(
        `http://rabbitmq:${SECRET}@127.0.0.1:${forwarder.port}/mqtt/hooks/rabbitmq`,
      )
      const management = { url: real.management, ...SERVICE }
      return {
        adapter: () => rabbitmqBroker({ url: real.url, ...SERVICE, hookSecret: SECRET, management }),
        platform: forwarder.to,
        ties: 'connection',
        async stop() {
          await real.stop()
          await forwarder.close()
        },
      }
    },
  ],
]

for (const [name, available, start] of BROKERS) {
  describe.skipIf(!available)(`static accounts at ${name}`, () => {
    let running: Running
    let open: { close(): Promise<unknown> }[]
    let address: string
    beforeAll(async () => {
      running = await start()
    }, 90_000)
    afterAll(() => running?.stop(), 30_000)
    afterEach(async () => {
      for (const one of open.reverse()) await one.close()
    }, 30_000)

    async function platform(
      accounts: (typeof ACCOUNT & { gateways?: string[] })[],
      devices = memoryDevices(),
    ) {
      open = []
      const broker = running.adapter()
      const host = await startCloud({ broker, devices, mqtt: { legacyAccounts: accounts } })
      running.platform?.(host.url)
      address = host.cloud.mqttAddress('127.0.0.1')
      open.push(host)
      return host
    }
    const listed = { ...ACCOUNT, gateways: [OLD1, OLD2] }

    function old(gateway: string, aircraft: string | null, account = ACCOUNT) {
      const pilot = foreignPilot(gateway, aircraft)
      open.push(pilot)
      pilot.loadThing({ host: address, username: account.username, password: account.password })
      return pilot
    }
    async function client(clientId: string, more: IClientOptions = {}): Promise<MqttClient> {
      const { username, password } = ACCOUNT
      const options: IClientOptions = { clientId, username, password, protocolVersion: 4, ...more }
      const made = await connectAsync(address, { reconnectPeriod: 0, connectTimeout: 20_000, ...options })
      made.on('error', () => undefined)
      open.push({ close: () => made.endAsync(true) })
      return made
    }
    /** Brokers refuse with a code, or by closing the connection. */
    const mayHear = (one: MqttClient, filter: string): Promise<boolean> =>
      one.subscribeAsync(filter, { qos: 1 }).then(
        (grants) => grants.every(({ qos }) => qos < 128),
        () => false,
      )
    const osdOf = (host: TestCloud, serial: string) =>
      new Promise<void>((resolve) => {
        const stop = host.cloud.on('device.osd', (event) => {
          if (event.serial !== serial) return
          stop()
          resolve()
        })
      })

    test('old controllers fly beside new ones, are counted, and a moved one no longer is', async () => {
      const host = await platform([listed])
      const told: string[] = []
      host.cloud.on('gateway.legacy', ({ gateway, username }) => told.push(`${gateway} ${username}`))
      const flying = [A1, A3].map((serial) => osdOf(host, serial))
      const first = old(OLD1, A1)
      await first.topologyAcknowledged(30_000)
      await old(OLD2, null).topologyAcknowledged(30_000)
      const fresh = createVirtualPilot({
        url: host.link,
        gateway: { serial: NEW },
        aircraft: { serial: A3 },
        knobs: { mqttVersion: 4 },
      })
      open.push(fresh)
      await fresh.login(PILOT.username, PILOT.password)
      await fresh.topologyAcknowledged(30_000)
      await Promise.all(flying)
      expect(told.sort()).toEqual([`${OLD1} JavaServer`, `${OLD2} JavaServer`])
      expect(host.cloud.health().legacyAccounts).toMatchObject([{ username: 'JavaServer', gateways: 2 }])
      expect(
        host.cloud.devices
          .list(WORKSPACE.id)
          .map(({ serial }) => serial)
          .sort(),
      ).toEqual([OLD1, OLD2, NEW])

      await first.close()
      const moved = createVirtualPilot({
        url: host.link,
        gateway: { serial: OLD1 },
        aircraft: null,
        knobs: { mqttVersion: 4 },
      })
      open.push(moved)
      const online = osdOf(host, OLD1)
      await moved.login(PILOT.username, PILOT.password)
      await moved.topologyAcknowledged(30_000)
      await online
      if (name !== 'RabbitMQ')
        expect(host.cloud.health().legacyAccounts).toMatchObject([{ username: 'JavaServer', gateways: 1 }])
    }, 120_000)

    test('reaches neither controllers with credentials of their own nor those of nobody', async () => {
      await platform([listed])
      for (const serial of [NEW, 'RCFAKE00000009']) {
        const stranger = await client(OLD1)
        expect(await mayHear(stranger, `thing/product/${serial}/services`)).toBe(false)
      }
    }, 60_000)

    test('an account that is removed is refused from then on', async () => {
      const devices = memoryDevices()
      const before = await platform([listed], devices)
      await (await client(OLD1)).endAsync(true)
      await before.close()
      const host = await platform([], devices)
      const isGone = async (): Promise<boolean> =>
        client(OLD1).then(
          async (one) => {
            await one.endAsync(true)
            return false
          },
          () => true,
        )
      expect(await isGone()).toBe(true)
      expect(host.cloud.health().legacyAccounts).toBeUndefined()
      // One that was changed is changed there too.
      await host.close()
      await platform([{ ...listed, password: 'a new and obviously fake one' }], devices)
      expect(await isGone()).toBe(true)
      await client(OLD1, { password: 'a new and obviously fake one' })
    }, 120_000)

    test('two controllers of one account are held apart', async (context) => {
      const host = await platform([listed])
      if (running.ties === 'list') return context.skip()
      await old(OLD1, A1).topologyAcknowledged(30_000)
      const second = await client(OLD2)
      expect(await mayHear(second, `thing/product/${OLD1}/services`)).toBe(false)
      const third = await client(name === 'embedded' ? 'anything' : OLD2)
      await third
        .publishAsync(`sys/product/${OLD1}/status`, '{"method":"update_topo","data":{"sub_devices":[]}}', {
          qos: 0,
        })
        .catch(() => undefined)
      await osdOf(host, A1)
      expect(host.cloud.devices.get(OLD1)?.aircraft).toMatchObject([{ serial: A1, online: true }])
    }, 60_000)
  })
}
