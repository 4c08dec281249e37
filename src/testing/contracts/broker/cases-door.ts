import assert from 'node:assert/strict'
import { type Case, coreHears, isolated, listener, osd, refused, revokes, serial, services } from './case.ts'

/** Which clients may connect, and for how long. */
export const doorCases: Readonly<Record<string, Case>> = {
  'accepts the right password, and messages arrive in both directions with each QoS of the broker': {
    async run(stage) {
      const { gateway, client } = await listener(stage)
      const { maxQos = 2 } = stage.node.adapter.capabilities
      for (const qos of [0, 1, 2] as const) {
        const up = qos > maxQos ? maxQos : qos
        await client.publish(osd(gateway), `up ${qos}`, { qos: up })
        await coreHears(stage, osd(gateway), `up ${qos}`)
        // The platform may always use 2, because the adapter knows the highest QoS of its broker.
        await stage.node.adapter.publish({ topic: services(gateway), payload: `down ${qos}`, qos })
        await stage.until('the answer', () => client.texts().includes(`down ${qos}`))
      }
      const [first] = stage.node.received
      assert.equal(first?.principal?.gateway, gateway)
      assert.equal(first?.principal?.workspaceId, 'W1')
    },
  },

  'refuses a wrong password, no password, and the password of another gateway': {
    async run(stage) {
      const login = await stage.login(serial())
      await refused(stage.connect(login, { password: 'wrong' }), 'wrong password')
      await refused(stage.connect({ ...login, username: '', password: '' }), 'nobody')
      if (!isolated(stage.node.adapter.capabilities)) return
      const other = await stage.login(serial())
      await refused(stage.connect({ ...other, password: login.password }), 'password of another gateway')
    },
  },

  'refuses an expired credential': {
    needs: isolated,
    async run(stage) {
      // Long enough to connect on a slow machine too: five times as long as another client has just needed.
      const begun = performance.now()
      await stage.connect(await stage.login(serial()))
      const session = stage.session('W1', Math.max(2_500, 5 * (performance.now() - begun)))
      const login = await stage.login(serial(), session)
      await stage.connect(login)
      await stage.until('the end of the session', () => Date.now() > session.expiresAt + 1_500)
      await refused(stage.connect(login), 'expired')
    },
  },

  'closes a connection whose session has ended, and does not let it come back': {
    needs: (can) => isolated(can) && revokes(can),
    async run(stage) {
      const session = stage.session()
      const login = await stage.login(serial(), session)
      const client = await stage.connect(login)
      const other = await stage.connect(await stage.login(serial()))
      await stage.node.end(session)
      await client.closed
      await refused(stage.connect(login), 'revoked')
      assert.equal(other.connected(), true)
    },
  },

  'a gateway in use by another user is not taken over with any credential': {
    needs: (can) => isolated(can) && can.kick && revokes(can),
    async run(stage) {
      const gateway = serial()
      const login = await stage.login(gateway)
      const colleague = await stage.login(gateway, stage.session('W1', undefined, 'U2'))
      const client = await stage.connect(login)
      await client.publish(osd(gateway), 'here')
      await coreHears(stage, osd(gateway), 'here')
      await stage.until('connected', () => stage.node.registry.get(gateway)?.connected === true)
      const other = await stage.connect(colleague).catch(() => null)
      await other?.closed
      const back = client.connected() ? client : await stage.connect(login)
      await back.publish(osd(gateway), 'still here')
      await coreHears(stage, osd(gateway), 'still here')
      assert.equal(stage.node.registry.get(gateway)?.userId, 'U1')
    },
  },

  'the same session and gateway get the same credential, and asking again closes nothing': {
    async run(stage) {
      const session = stage.session()
      const gateway = serial()
      const login = await stage.login(gateway, session)
      const client = await stage.connect(login)
      const again = await stage.login(gateway, session)
      assert.deepEqual([again.username, again.password], [login.username, login.password])
      await client.publish(osd(gateway), 'still here')
      await coreHears(stage, osd(gateway), 'still here')
      assert.equal(client.connected(), true)
    },
  },
}
