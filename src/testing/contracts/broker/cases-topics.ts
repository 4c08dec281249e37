import assert from 'node:assert/strict'
import { type Case, coreHears, isolated, serial, topics } from './case.ts'

const at = (device: string, suffix: string): string => `thing/product/${device}/contract/${suffix}`

/** Topics that a plugin has added. */
export const topicCases: Readonly<Record<string, Case>> = {
  "the senders of a plugin's topics can publish on them, and core gets the messages": {
    async run(stage) {
      const gateway = serial()
      const client = await stage.connect(await stage.login(gateway))
      await client.publish(at(gateway, 'report'), 'report')
      await coreHears(stage, at(gateway, 'report'), 'report')
      assert.equal(await client.subscribe(at(gateway, 'orders')), true)
      await stage.node.adapter.publish({ topic: at(gateway, 'orders'), payload: 'land', qos: 1 })
      await stage.until('the orders', () => client.texts().includes('land'))
    },
  },

  "only the named senders can use a plugin's topics, and no device can publish on a topic of the cloud": {
    needs: (can) => isolated(can) && can.dynamicAcl,
    async run(stage) {
      const gateway = serial()
      const aircraft = serial('AC')
      const login = await stage.login(gateway)
      const first = await stage.connect(login)
      // Some brokers do not report connections. With those, core learns about a connection from its first message.
      await first.publish(at(gateway, 'report'), 'here')
      await coreHears(stage, at(gateway, 'report'), 'here')
      await stage.node.learn(gateway, aircraft)
      await first.publish(at(aircraft, 'sound'), 'sound')
      await coreHears(stage, at(aircraft, 'sound'), 'sound')
      for (const topic of [
        at(aircraft, 'report'),
        at(gateway, 'orders'),
        at(serial(), 'report'),
        at(gateway, 'never_added'),
      ]) {
        const client = await stage.connect(login)
        await client.publish(topic, 'forged')
        await client.close()
      }
      const honest = await stage.connect(login)
      await honest.publish(at(gateway, 'report'), 'honest')
      await coreHears(stage, at(gateway, 'report'), 'honest')
      assert.deepEqual(new Set(topics(stage)), new Set([at(aircraft, 'sound'), at(gateway, 'report')]))
    },
  },
}
