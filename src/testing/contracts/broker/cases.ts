import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { BrokerCapabilities } from '../../../core/ports/broker.ts'
import type { Stage } from './stage.ts'

export interface Case {
  /** Absent: for every broker. */
  readonly needs?: (capabilities: BrokerCapabilities) => boolean
  /** Nodes. @default 1 */
  readonly nodes?: 2
  readonly run: (stage: Stage) => Promise<void>
}

/** Never used before at this broker. */
export const serial = (kind: 'RC' | 'AC' = 'RC'): string =>
  `${kind}FAKE${randomBytes(5).toString('hex').toUpperCase()}`

const osd = (gateway: string): string => `thing/product/${gateway}/osd`
const services = (gateway: string): string => `thing/product/${gateway}/services`
const isolated = ({ credentials }: BrokerCapabilities): boolean => credentials === 'gateway'
const kicks = ({ kick }: BrokerCapabilities): boolean => kick

/** What core took, without what was said before to prove that the way is open. */
const topics = (stage: Stage): string[] => stage.node.received.map(({ topic }) => topic)

const coreHears = (stage: Stage, topic: string, text: string): Promise<void> =>
  stage.until(`core hears ${text} on ${topic}`, () =>
    stage.nodes.some(({ received }) =>
      received.some((one) => one.topic === topic && Buffer.from(one.payload).toString() === text),
    ),
  )

/** Says something allowed to this client: whatever was on its way before has arrived, or never will. */
async function flush(
  stage: Stage,
  gateway: string,
  client: { readonly heard: readonly { readonly text: string }[] },
): Promise<void> {
  const marker = `marker ${randomBytes(4).toString('hex')}`
  await stage.node.adapter.publish({ topic: services(gateway), payload: marker, qos: 1 })
  await stage.until(`${gateway} hears the marker`, () => client.heard.some(({ text }) => text === marker))
}

const foreign = (client: { readonly heard: readonly { readonly text: string }[] }): string[] =>
  client.heard.map(({ text }) => text).filter((text) => !text.startsWith('marker'))

async function refused(attempt: Promise<unknown>, what: string): Promise<void> {
  await assert.rejects(attempt, (error) => error instanceof Error, what)
}

async function listener(stage: Stage) {
  const gateway = serial()
  const client = await stage.connect(await stage.login(gateway))
  assert.equal(await client.subscribe(`thing/product/${gateway}/#`), true)
  return { gateway, client }
}

export const CASES: Readonly<Record<string, Case>> = {
  'lets the right password in; both sides hear each other with QoS 0, 1 and 2': {
    async run(stage) {
      const { gateway, client } = await listener(stage)
      for (const qos of [0, 1, 2] as const) {
        await client.publish(osd(gateway), `up ${qos}`, { qos })
        await coreHears(stage, osd(gateway), `up ${qos}`)
        await stage.node.adapter.publish({ topic: services(gateway), payload: `down ${qos}`, qos })
        await stage.until('the answer', () => client.texts().includes(`down ${qos}`))
      }
      const [first] = stage.node.received
      assert.equal(first?.principal?.gateway, gateway)
      assert.equal(first?.principal?.workspaceId, 'W1')
    },
  },

  'refuses a wrong password, none, and the one of another gateway': {
    async run(stage) {
      const login = await stage.login(serial())
      await refused(stage.connect(login, { password: 'wrong' }), 'wrong password')
      await refused(stage.connect({ ...login, username: '', password: '' }), 'nobody')
      if (!isolated(stage.node.adapter.capabilities)) return
      const other = await stage.login(serial())
      await refused(stage.connect({ ...other, password: login.password }), 'password of another gateway')
    },
  },

  'refuses a credential that has run out': {
    needs: isolated,
    async run(stage) {
      const session = stage.session('W1', 2_500)
      const login = await stage.login(serial(), session)
      await stage.connect(login)
      await stage.until('the end of the session', () => Date.now() > session.expiresAt + 1_500)
      await refused(stage.connect(login), 'expired')
    },
  },

  'closes a connection whose session has ended, and does not let it come back': {
    needs: (can) => isolated(can) && can.kick,
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

  'lets nobody say what is not its own': {
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

  'lets nobody hear what is not its own, wildcards and shared subscriptions included': {
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

  'a retained message is kept for nobody else, and is no news to core later': {
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

  'a will is heard when its client is lost, and only on its own topics': {
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

  'an aircraft learned later belongs to a standing connection, and one taken away no longer': {
    needs: (can) => isolated(can) && can.learns,
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

  'an aircraft claimed twice moves inside a workspace, and stays with the one that holds it otherwise': {
    needs: (can) => isolated(can) && can.learns,
    async run(stage) {
      const aircraft = serial('AC')
      const first = await listener(stage)
      const second = await listener(stage)
      const strange = serial()
      const stranger = await stage.connect(await stage.login(strange, stage.session('W2')))
      for (const [gateway, client] of [
        [first.gateway, first.client],
        [second.gateway, second.client],
        [strange, stranger],
      ] as const) {
        await client.publish(osd(gateway), 'here')
        await coreHears(stage, osd(gateway), 'here')
      }
      await stage.node.learn(first.gateway, aircraft)
      await first.client.subscribe(services(aircraft))
      assert.equal((await stage.node.learn(strange, aircraft)).length, 1)
      assert.equal(await stranger.subscribe(services(aircraft)), false)
      await stage.node.learn(second.gateway, aircraft)
      assert.equal(await second.client.subscribe(services(aircraft)), true)
      await stage.node.adapter.publish({ topic: services(aircraft), payload: 'for the second', qos: 1 })
      await stage.until('the second hears', () => second.client.texts().includes('for the second'))
      if (first.client.connected()) await flush(stage, first.gateway, first.client)
      assert.equal(first.client.texts().includes('for the second'), false)
    },
  },

  'a client id takes over its own connection, never that of another gateway': {
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

  'kicks one gateway and nobody else; it may come back': {
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

  'core knows who is connected, and who has left where the broker tells': {
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

  'keeps QoS 1 messages for one that comes back, and for nobody else': {
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

  'two nodes: what one publishes is heard at the other, and a session ended here is closed there': {
    nodes: 2,
    needs: (can) => isolated(can) && can.kick,
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
      // Core tells its other nodes itself; each closes what is connected to it.
      await one.end(session)
      await two.end(session)
      await client.closed
      await refused(stage.connect(login, {}, 0), 'revoked')
    },
  },
}
