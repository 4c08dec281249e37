// Behind a balancer, a login begins at one process and comes back at another.
import { afterEach, expect, it } from 'vitest'
import { redisSessions, redisShared } from '../../src/index.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { withRedis } from '../support/stores.ts'
import { createJar } from './jar.ts'
import { comeBack, goOn, logIn, noticeOf, openPlatform, openStage, verify } from './stage.ts'

withRedis('a login at a provider on two nodes with one Redis', (redis) => {
  const closing: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of closing.splice(0).reverse()) await one.close()
  })

  async function open() {
    const { url } = redis()
    const parts = () => ({
      ...{ users: false as const, broker: idleBroker() },
      secret: 'an obviously fake secret for these tests only',
      sessions: redisSessions({ url }),
      shared: redisShared({ url }),
    })
    const one = await openStage({ cloud: parts() })
    const two = await openPlatform(one.provider.issuer, { cloud: parts() })
    return { one, two, bases: [one.base, two.base] as const }
  }
  /** The same answer of the provider, at another node. */
  const at = (base: string, callback: string): string => `${base}/oidc/callback${new URL(callback).search}`

  it('begins at one, ends at the other, and opens a session of both', async () => {
    const { one, two } = await open()
    const { jar, callback } = await comeBack(one.base)
    // The redirect address is the one that the provider was given: this node has another port.
    const { reply } = await jar.follow(at(two.base, callback))
    expect(reply.text).toContain('Continue as Ada Example')
    const { token } = await goOn(two.base, jar)
    for (const { base } of [one, two]) expect((await verify(base, token)).status).toBe(200)
  })

  it('takes an answer of the provider once on all nodes, even at the same moment', async () => {
    const { one, two, bases } = await open()
    const { jar, callback } = await comeBack(one.base)
    const copies = [0, 1, 2, 3].map((index) => {
      const copy = createJar()
      copy.cookies.set('127.0.0.1', new Map(jar.cookies.get('127.0.0.1')))
      return { copy, address: at(bases[index % 2]!, callback) }
    })
    const ends = await Promise.all(copies.map(({ copy, address }) => copy.follow(address)))
    expect(ends.filter(({ reply }) => reply.text.includes('Continue as Ada Example'))).toHaveLength(1)
    expect(ends.filter(({ reply }) => noticeOf(reply.text).includes('in another window'))).toHaveLength(3)
    const failed = [...one.told, ...two.told].filter(({ name }) => name === 'login.failed')
    expect(failed).toHaveLength(3)
  })

  it('is logged out at both', async () => {
    const { one, two } = await open()
    const { jar, page } = await logIn(one.base)
    const kept = new Map(jar.cookies.get('127.0.0.1'))
    const [link = ''] = /\/oidc\/logout\?[^"]*/.exec(page) ?? []
    await jar.follow(`${one.base}${link.replaceAll('&amp;', '&')}`)
    const copy = createJar()
    copy.cookies.set('127.0.0.1', kept)
    expect((await goOn(two.base, copy)).code).toBe(403007)
  })
})
