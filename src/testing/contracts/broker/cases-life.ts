import assert from 'node:assert/strict'
import {
  type Case,
  coreHears,
  isolated,
  kicks,
  listener,
  osd,
  refused,
  revokes,
  serial,
  services,
} from './case.ts'

/** Takeover, kick, presence, queues, nodes. */
export const lifeCases: Readonly<Record<string, Case>> = {
  'a client id can take over the connection of its own gateway only': {
    needs: isolated,
    async run(stage) {
      const gateway = serial()
      const login = await stage.login(gateway)
      const first = await stage.connect(login)
      const second = await stage.connect(login)
      await first.closed
      await second.publish(osd(gateway), 'after the takeover')
      await coreHears(stage, osd(gateway), 'after the takeover')
      await stage.until('connected', () => stage.node.registry.get(gateway)?.connected === true)
      await stage.connect(await stage.login(serial()), { clientId: gateway }).catch(() => null)
      await second.publish(osd(gateway), 'still here')
      await coreHears(stage, osd(gateway), 'still here')
      assert.equal(second.connected(), true)
    },
  },

  'kicks one gateway only, and that gateway may connect again': {
    needs: kicks,
    async run(stage) {
      const gateway = serial()
      const login = await stage.login(gateway)
      const client = await stage.connect(login, {
        will: { topic: osd(gateway), payload: 'will of the kicked' },
      })
      const other = await listener(stage)
      await stage.node.adapter.kick({ gateway })
      await client.closed
      const again = await stage.connect(login)
      await again.publish(osd(gateway), 'back')
      await coreHears(stage, osd(gateway), 'back')
      assert.equal(other.client.connected(), true)
      if (stage.node.adapter.capabilities.willAfterKick) return
      const texts = stage.node.received.map(({ payload }) => Buffer.from(payload).toString())
      assert.equal(texts.includes('will of the kicked'), false)
    },
  },

  'core knows who is connected, and who has disconnected if the broker reports it': {
    async run(stage) {
      const gateway = serial()
      const login = await stage.login(gateway)
      const state = () => stage.node.registry.get(gateway)?.connected
      const client = await stage.connect(login)
      await client.publish(osd(gateway), 'here')
      await stage.until('connected', () => state() === true)
      if (stage.node.adapter.capabilities.presence === 'inferred') return
      await client.drop()
      await stage.until('gone', () => state() === false)
      const again = await stage.connect(login)
      await stage.until('back', () => state() === true)
      await again.end()
      await stage.until('gone for good', () => state() === false)
    },
  },

  'keeps QoS 1 messages for a client that reconnects, and for no other client': {
    async run(stage) {
      const gateway = serial()
      const login = await stage.login(gateway)
      const before = await stage.connect(login, { stored: true })
      assert.equal(await before.subscribe(services(gateway)), true)
      await before.end()
      await stage.node.adapter.publish({ topic: services(gateway), payload: 'while you were away', qos: 1 })
      if (isolated(stage.node.adapter.capabilities)) {
        const thief = await stage
          .connect(await stage.login(serial()), { stored: true, clientId: gateway })
          .catch(() => null)
        await stage.until('a moment for the thief', () => thief === null || thief.connected())
        assert.deepEqual(thief?.texts() ?? [], [])
        await thief?.close()
      }
      const after = await stage.connect(login, { stored: true })
      await stage.until('delivered', () => after.texts().includes('while you were away'))
    },
  },

  'two nodes: a message at one reaches the other, and a session that ends at one is closed at the other': {
    nodes: 2,
    needs: (can) => isolated(can) && revokes(can),
    async run(stage) {
      const [one, two] = stage.nodes
      assert.ok(one && two)
      const gateway = serial()
      const session = stage.session()
      const login = await stage.login(gateway, session)
      const client = await stage.connect(login, {}, 1)
      assert.equal(await client.subscribe(services(gateway)), true)
      await one.adapter.publish({ topic: services(gateway), payload: 'across', qos: 1 })
      await stage.until('across', () => client.texts().includes('across'))
      await client.publish(osd(gateway), 'up')
      await coreHears(stage, osd(gateway), 'up')
      // Core reports it to the other nodes. Each node closes its own connections.
      await one.end(session)
      await two.end(session)
      await client.closed
      await refused(stage.connect(login, {}, 0), 'revoked')
    },
  },
}
