import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNats } from '../../../examples/nats-broker/nats.ts'
import { natsBroker } from '../../../examples/nats-broker/nats-broker.ts'
import { embeddedBroker } from '../../../src/adapters/brokers/embedded/index.ts'
import { mosquittoBroker } from '../../../src/adapters/brokers/mosquitto/index.ts'
import { rabbitmqBroker } from '../../../src/adapters/brokers/rabbitmq/index.ts'
import { sharedAccountBroker } from '../../../src/adapters/brokers/shared-account.ts'
import type { BrokerAdapter } from '../../../src/core/ports/index.ts'
import { createVirtualPilot } from '../../../src/testing/index.ts'
import { PILOT, startCloud } from '../../support/cloud.ts'
import { startForwarder } from '../../support/forwarder.ts'
import { ADMIN, hasMosquitto, startMosquitto } from '../../support/mosquitto.ts'
import { available } from '../../support/process.ts'
import { hasRabbitmq, SERVICE, startRabbitmq } from '../../support/rabbitmq.ts'

interface Running {
  readonly adapter: () => BrokerAdapter
  /** Tells a broker that asks the platform where it is. */
  readonly platform?: (url: string) => void
  /** Kills the broker and starts it again. */
  readonly restart?: () => Promise<void>
  readonly version: 4 | 5
  stop(): Promise<void>
}

const SECRET = 'obviously-fake-hook-secret'

const BROKERS: readonly (readonly [name: string, isThere: boolean, start: () => Promise<Running>])[] = [
  [
    'embedded',
    true,
    async () => ({
      adapter: () => embeddedBroker({ host: '127.0.0.1', port: 0 }),
      version: 5,
      stop: async () => undefined,
    }),
  ],
  ...(['dynsec', 'shared'] as const).map(
    (kind) =>
      [
        `Mosquitto, ${kind}`,
        hasMosquitto(),
        async (): Promise<Running> => {
          const real = await startMosquitto(kind)
          const options = { url: real.url, ...ADMIN }
          return {
            adapter: () => (kind === 'dynsec' ? mosquittoBroker(options) : sharedAccountBroker(options)),
            async restart() {
              await real.halt('SIGKILL')
              await real.resume()
            },
            version: 5,
            stop: real.stop,
          }
        },
      ] as const,
  ),
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
        async restart() {
          await real.halt('SIGTERM')
          await real.resume()
        },
        version: 4,
        async stop() {
          await real.stop()
          await forwarder.close()
        },
      }
    },
  ],
  [
    'NATS, by the adapter of an example',
    available('/usr/sbin/nats-server'),
    async () => {
      const nats = await startNats()
      return {
        adapter: () => natsBroker(nats.options),
        async restart() {
          await nats.halt()
          await nats.resume()
        },
        version: 4,
        stop: nats.stop,
      }
    },
  ],
]

for (const [name, isThere, start] of BROKERS) {
  describe.skipIf(!isThere)(`a Pilot at ${name}`, () => {
    let running: Running
    beforeAll(async () => {
      running = await start()
    }, 90_000)
    afterAll(() => running?.stop(), 30_000)

    async function fly() {
      const host = await startCloud({ broker: running.adapter() })
      running.platform?.(host.url)
      const pilot = createVirtualPilot({ url: host.link, knobs: { mqttVersion: running.version } })
      const osd = (serial: string | undefined) =>
        new Promise<void>((resolve) => {
          const off = host.cloud.on('device.osd', (event) => {
            if (event.serial !== serial) return
            off()
            resolve()
          })
        })
      return {
        host,
        pilot,
        osd,
        async land() {
          await pilot.close()
          await host.close()
        },
      }
    }

    it('logs in, connects, is answered, reports its aircraft, and is gone after its logout', async () => {
      const { host, pilot, osd, land } = await fly()
      try {
        const aircraft = osd(pilot.aircraft?.serial)
        expect(await pilot.login(PILOT.username, PILOT.password)).toMatchObject({ kind: 'connected' })
        await pilot.topologyAcknowledged()
        await aircraft
        expect(host.cloud.devices.get(pilot.gateway.serial)).toMatchObject({
          online: true,
          aircraft: [{ serial: pilot.aircraft?.serial, online: true }],
        })
        const down = pilot.waitFor('mqtt.in', ({ topic }) => topic.endsWith('/drc/down'))
        const seq = await host.cloud.devices.sendDrcCommand(String(pilot.aircraft?.serial), {
          method: 'heart_beat',
        })
        expect(await down).toMatchObject({
          topic: `thing/product/${pilot.gateway.serial}/drc/down`,
          payload: { method: 'heart_beat', data: {}, seq },
        })
        const offline = new Promise((resolve) => host.cloud.on('gateway.offline', resolve))
        await pilot.logout()
        await offline
        expect(host.cloud.devices.get(pilot.gateway.serial)).toMatchObject({ online: false })
      } finally {
        await land()
      }
    }, 60_000)

    it('comes back after its network was cut without a word', async () => {
      const { pilot, osd, land } = await fly()
      try {
        await pilot.login(PILOT.username, PILOT.password)
        await pilot.topologyAcknowledged()
        pilot.cutNetwork({ silent: true })
        pilot.restoreNetwork()
        await pilot.connected(20_000)
        await pilot.topologyAcknowledged(20_000)
        await osd(pilot.aircraft?.serial)
      } finally {
        await land()
      }
    }, 60_000)

    // The embedded broker ends and starts with its app.
    if (name === 'embedded') return
    it('gets its status_reply again after the broker was killed in mid-flight', async () => {
      const restart = running.restart ?? (() => Promise.reject(new Error('cannot be restarted')))
      const { host, pilot, osd, land } = await fly()
      try {
        await pilot.login(PILOT.username, PILOT.password)
        await pilot.topologyAcknowledged()
        const down = new Promise<void>((resolve) => {
          const look = setInterval(() => {
            if (host.cloud.health().broker.status !== 'down') return
            clearInterval(look)
            resolve()
          }, 20)
        })
        const mark = pilot.cursor()
        await Promise.all([restart(), down])
        await pilot.waitFor(
          'mqtt.in',
          (event) => event.seq >= mark && String(event.topic).endsWith('/status_reply'),
          { timeoutMs: 60_000 },
        )
        await pilot.topologyAcknowledged(20_000)
        await osd(pilot.aircraft?.serial)
        expect(host.cloud.health().broker.status).toBe('up')
      } finally {
        await land()
      }
    }, 120_000)
  })
}
