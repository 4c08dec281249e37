import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { buildApp } from '../../examples/external-broker/app.ts'
import { startMosquitto } from '../../examples/external-broker/mosquitto.ts'
import { createVirtualPilot } from '../../src/testing/index.ts'
import { LICENSE } from '../support/cloud.ts'
import { hasMosquitto } from '../support/mosquitto.ts'

describe.skipIf(!hasMosquitto())('the example with a Mosquitto (needs the package mosquitto)', () => {
  it('starts one, and a Pilot gets through it', async () => {
    const broker = await startMosquitto()
    const { app, cloud } = buildApp(broker, { license: LICENSE, logger: false })
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const pilot = createVirtualPilot({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pilot`,
    })
    try {
      await cloud.ready()
      expect(cloud.mqttAddress('localhost')).toBe(broker.url.replace('mqtt:', 'tcp:'))
      expect(cloud.health()).toMatchObject({ status: 'up' })
      const online = new Promise((resolve) => cloud.on('gateway.online', resolve))
      expect(await pilot.login('pilot', 'for-this-example-only')).toMatchObject({ kind: 'connected' })
      await Promise.all([pilot.topologyAcknowledged(), online])
      expect((await fetch(`${pilot.url.replace('/pilot', '')}/health`)).status).toBe(200)
    } finally {
      await pilot.close()
      await cloud.close()
      server.closeAllConnections()
      server.close()
      await broker.stop()
    }
  })
})
