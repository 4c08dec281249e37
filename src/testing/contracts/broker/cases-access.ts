import assert from 'node:assert/strict'
import {
  type Case,
  coreHears,
  flush,
  foreign,
  isolated,
  listener,
  osd,
  serial,
  services,
  topics,
} from './case.ts'
import type { Stage } from './stage.ts'

/** What a client may publish and subscribe to. */
export const accessCases: Readonly<Record<string, Case>> = {
  'lets a client publish on its own topics only': {
    needs: isolated,
    async run(stage) {
      const { gateway: victim, client: heard } = await listener(stage)
      const gateway = serial()
      for (const topic of [
        osd(victim),
        services(victim),
        `thing/product/${serial('AC')}/osd`,
        services(gateway),
        `sys/product/${victim}/status`,
        '$SYS/broker/x',
        '$CONTROL/dynamic-security/v1',
        'anything',
      ]) {
        const client = await stage.connect(await stage.login(gateway))
        await client.publish(topic, 'forged')
        await client.publish(topic, 'forged', { qos: 0 })
        await client.close()
      }
      const honest = await stage.connect(await stage.login(gateway))
      await honest.publish(osd(gateway), 'honest')
      await coreHears(stage, osd(gateway), 'honest')
      await flush(stage, victim, heard)
      assert.deepEqual(foreign(heard), [])
      assert.deepEqual(new Set(topics(stage)), new Set([osd(gateway)]))
    },
  },

  'lets a client receive its own topics only, also with wildcards and shared subscriptions': {
    needs: isolated,
    async run(stage) {
      const { gateway: victim, client: source } = await listener(stage)
      const gateway = serial()
      const login = await stage.login(gateway)
      for (const filter of [
        `thing/product/${victim}/#`,
        `thing/product/${victim}/osd`,
        '#',
        '+/product/+/osd',
        'thing/product/+/osd',
        `$share/g/thing/product/${victim}/#`,
        '$SYS/#',
        '$CONTROL/#',
      ]) {
        const spy = await stage.connect(login)
        await spy.subscribe(filter)
        await source.publish(osd(victim), 'private')
        await stage.node.adapter.publish({ topic: services(victim), payload: 'private', qos: 1 })
        if (spy.connected() && (await spy.subscribe(services(gateway)))) await flush(stage, gateway, spy)
        assert.deepEqual(foreign(spy), [], filter)
        await spy.close()
      }
    },
  },

  'keeps no retained message for other clients, and sends none to core later': {
    async run(stage) {
      const { gateway, client } = await listener(stage)
      await client.publish(osd(gateway), 'retained', { retain: true })
      await client.close()
      const { gateway: other, client: later } = await listener(stage)
      await later.subscribe(osd(gateway))
      if (later.connected()) await flush(stage, other, later)
      if (isolated(stage.node.adapter.capabilities)) assert.deepEqual(foreign(later), [])
    },
  },

  'publishes a will when its client is lost, and only on topics of that client': {
    async run(stage) {
      const gateway = serial()
      const login = await stage.login(gateway)
      const client = await stage.connect(login, { will: { topic: osd(gateway), payload: 'my will' } })
      await client.drop()
      await coreHears(stage, osd(gateway), 'my will')
      if (!isolated(stage.node.adapter.capabilities)) return
      const { gateway: victim, client: heard } = await listener(stage)
      const forger = await stage
        .connect(await stage.login(serial()), { will: { topic: osd(victim), payload: 'forged' } })
        .catch(() => null)
      await forger?.drop()
      await flush(stage, victim, heard)
      assert.deepEqual(foreign(heard), [])
    },
  },

  'an open connection gets an aircraft that is learned later, and loses one that is taken away': {
    needs: (can) => isolated(can) && can.dynamicAcl,
    async run(stage) {
      const { gateway, client } = await listener(stage)
      const aircraft = serial('AC')
      await client.publish(osd(gateway), 'here')
      await coreHears(stage, osd(gateway), 'here')
      assert.deepEqual(await stage.node.learn(gateway, aircraft), [])
      assert.equal(await client.subscribe(services(aircraft)), true)
      await client.publish(osd(aircraft), 'from the air')
      await coreHears(stage, osd(aircraft), 'from the air')
      await stage.node.adapter.publish({ topic: services(aircraft), payload: 'up there', qos: 1 })
      await stage.until('the aircraft hears', () => client.texts().includes('up there'))

      await stage.node.learn(gateway)
      const again = client.connected() ? client : await stage.connect(await stage.login(gateway))
      await again.publish(osd(aircraft), 'not mine any more')
      const after = again.connected() ? again : await stage.connect(await stage.login(gateway))
      await after.publish(osd(gateway), 'end')
      await coreHears(stage, osd(gateway), 'end')
      assert.equal(topics(stage).filter((topic) => topic === osd(aircraft)).length, 1)
    },
  },

  'two controllers of one user may both speak for an aircraft, until one of them no longer reports it': {
    needs: (can) => isolated(can) && can.dynamicAcl,
    async run(stage) {
      const aircraft = serial('AC')
      const [first, second] = [await flier(stage), await flier(stage)]
      for (const { gateway, client } of [first, second]) {
        await stage.node.learn(gateway, aircraft)
        assert.equal(await client.subscribe(services(aircraft)), true)
        await client.publish(osd(aircraft), `from ${gateway}`)
        await coreHears(stage, osd(aircraft), `from ${gateway}`)
      }
      await stage.node.adapter.publish({ topic: services(aircraft), payload: 'for both', qos: 1 })
      for (const { client } of [first, second])
        await stage.until('both hear', () => client.texts().includes('for both'))

      await stage.node.learn(first.gateway)
      await stage.node.adapter.publish({ topic: services(aircraft), payload: 'for the second', qos: 1 })
      await stage.until('the second hears', () => second.client.texts().includes('for the second'))
      await first.client.publish(osd(aircraft), 'not mine any more')
      await second.client.publish(osd(aircraft), 'still mine')
      await coreHears(stage, osd(aircraft), 'still mine')
      assert.equal(stage.node.registry.gatewayOf(aircraft), second.gateway)
      const heard = stage.node.received.map(({ payload }) => Buffer.from(payload).toString())
      assert.equal(heard.includes('not mine any more'), false)
      if (first.client.connected()) await flush(stage, first.gateway, first.client)
      assert.equal(first.client.texts().includes('for the second'), false)
    },
  },

  'an aircraft stays with the user who has it in use, and with the workspace that owns it': {
    needs: (can) => isolated(can) && can.dynamicAcl,
    async run(stage) {
      const aircraft = serial('AC')
      const session = stage.session()
      const first = await flier(stage, session)
      const colleague = await flier(stage, stage.session('W1', undefined, 'U2'))
      const stranger = await flier(stage, stage.session('W2'))
      await stage.node.learn(first.gateway, aircraft)
      assert.equal((await stage.node.learn(stranger.gateway, aircraft)).length, 1)
      await stage.node.learn(colleague.gateway, aircraft)
      for (const { login } of [colleague, stranger]) {
        const client = await stage.connect(login)
        assert.equal(await client.subscribe(services(aircraft)), false)
        const again = client.connected() ? client : await stage.connect(login)
        await again.publish(osd(aircraft), 'forged')
        await again.close()
      }
      await first.client.publish(osd(aircraft), 'honest')
      await coreHears(stage, osd(aircraft), 'honest')
      const heard = stage.node.received.map(({ payload }) => Buffer.from(payload).toString())
      assert.equal(heard.includes('forged'), false)

      // After its release, the aircraft is still reserved for its user. After the logout it goes to the colleague, who
      // has named it before.
      await stage.node.learn(first.gateway)
      assert.equal(stage.node.registry.access(colleague.gateway).has(aircraft), false)
      await stage.node.end(session)
      await stage.until('access', () => stage.node.registry.access(colleague.gateway).has(aircraft))
      const then = await stage.connect(colleague.login)
      await stage.until('the broker lets it speak', () => {
        void then.publish(osd(aircraft), 'mine now')
        return topics(stage).filter((topic) => topic === osd(aircraft)).length > 1
      })
    },
  },
}

/** A client that is connected, and that core knows. */
async function flier(stage: Stage, session = stage.session()) {
  const gateway = serial()
  const login = await stage.login(gateway, session)
  const client = await stage.connect(login)
  assert.equal(await client.subscribe(`thing/product/${gateway}/#`), true)
  await client.publish(osd(gateway), 'here')
  await coreHears(stage, osd(gateway), 'here')
  return { gateway, login, client }
}
