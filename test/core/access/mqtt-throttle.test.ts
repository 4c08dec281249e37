import { describe, expect, test } from 'vitest'
import { throttleWrongPasswords } from '../../../src/core/access/mqtt-throttle.ts'
import type { ConnectDecision, Principal } from '../../../src/core/ports/index.ts'
import { manualClock } from '../../support/clock.ts'

const principal: Principal = {
  kind: 'gateway',
  sessionId: 's1',
  userId: 'u1',
  workspaceId: 'w1',
  credentialId: 'c1',
  gateway: 'RCFAKE00000001',
}

/** Passwords: `signed`, `right` and anything else, of which `ended` is one of a session that ended. */
function setUp() {
  const clock = manualClock()
  const looked: string[] = []
  const verify = throttleWrongPasswords({
    clock,
    isSigned: (password) => password === 'signed' || password === 'ended',
    async verify({ username = '', password }): Promise<ConnectDecision> {
      looked.push(username)
      if (password === 'signed' || password === 'right') return { allow: true, principal }
      return { allow: false, reason: password === 'ended' ? 'session_ended' : 'bad_credentials' }
    },
  })
  const connect = async (address: string, username: string, password = 'wrong'): Promise<string> => {
    const decision = await verify({ clientId: username, username, password, address })
    return decision.allow ? 'in' : decision.reason
  }
  const guess = async (
    times: number,
    address: (index: number) => string,
    name: (index: number) => string,
  ) => {
    for (let index = 0; index < times; index += 1) await connect(address(index), name(index))
  }
  return { clock, looked, connect, guess }
}

const here = () => '192.0.2.1'
const anywhere = (index: number) => `198.51.${index >> 8}.${index & 255}`
const names = (index: number) => `name-${index}`
const ada = () => 'ada'

describe('wrong MQTT passwords', () => {
  test.each<[string, number, (index: number) => string, (index: number) => string, string]>([
    ['for one name at one address', 10, here, ada, 'ada'],
    ['at one address, whatever name', 100, here, names, 'another'],
    ['for one name, wherever', 100, anywhere, ada, 'ada'],
  ])('%s: the limit, then none is looked at until the window ends', async (_, limit, address, name, last) => {
    const { clock, looked, connect, guess } = setUp()
    await guess(limit - 1, address, name)
    expect(await connect(here(), last)).toBe('bad_credentials')
    const before = looked.length
    expect(await connect(here(), last)).toBe('throttled')
    expect(await connect(here(), last, 'right')).toBe('throttled')
    expect(looked.length).toBe(before)
    clock.advance(5 * 60_000)
    expect(await connect(here(), last, 'right')).toBe('in')
  })

  test('guesses at the same time do not slip past', async () => {
    const { looked, connect } = setUp()
    await Promise.all(Array.from({ length: 100 }, () => connect(here(), 'ada')))
    expect(looked).toHaveLength(10)
  })

  test('an address in another spelling is the same one', async () => {
    const { connect, guess } = setUp()
    await guess(100, (index) => `${index % 2 === 0 ? '::ffff:' : ''}192.0.2.1`, names)
    expect(await connect('::ffff:c000:201', 'another')).toBe('throttled')
  })

  // RabbitMQ tells no address. With a limit for "unknown" a hundred wrong passwords of one client lock out all others.
  test('without an address the limit is per name', async () => {
    const { connect, guess } = setUp()
    const untold = () => ''
    await guess(300, untold, names)
    expect(await connect('', 'ada', 'right')).toBe('in')
    await guess(99, untold, ada)
    expect(await connect('', 'ada', 'right')).toBe('in')
    await guess(1, untold, ada)
    expect(await connect('', 'ada', 'right')).toBe('throttled')
    expect(await connect('', 'another', 'right')).toBe('in')
  })

  test('a password of our making gets in whatever others guess', async () => {
    const { connect, guess } = setUp()
    await guess(200, here, names)
    await guess(200, anywhere, ada)
    expect(await connect(here(), 'ada', 'signed')).toBe('in')
    expect(await connect(here(), 'ada', 'ended')).toBe('session_ended')
  })

  test('who was let in before is not locked out by guesses at its name elsewhere, or at other names here', async () => {
    const { connect, guess } = setUp()
    expect(await connect(here(), 'ada', 'right')).toBe('in')
    await guess(200, anywhere, ada)
    await guess(200, here, names)
    expect(await connect(here(), 'ada', 'right')).toBe('in')
    expect(await connect('203.0.113.1', 'ada', 'right')).toBe('throttled')
    // But its own guesses are bounded.
    await guess(10, here, ada)
    expect(await connect(here(), 'ada', 'right')).toBe('throttled')
  })

  test('what is right, or refused for another reason, counts for nothing', async () => {
    const { connect } = setUp()
    for (let index = 0; index < 300; index += 1) {
      expect(await connect(here(), 'ada', 'right')).toBe('in')
      expect(await connect(here(), 'ada', 'ended')).toBe('session_ended')
    }
  })

  test('memory is bounded: names and addresses without end are forgotten, the oldest first', async () => {
    const { connect, guess } = setUp()
    await guess(10, here, ada)
    await guess(10_001, (index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, names)
    expect(await connect(here(), 'ada')).toBe('bad_credentials')
  })
})
