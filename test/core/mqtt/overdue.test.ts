import { describe, expect, it } from 'vitest'
import { createOverdue } from '../../../src/core/mqtt/overdue.ts'
import { shownUsername } from '../../../src/core/mqtt/refusals.ts'
import { fakeClock, recordEvents } from '../../support/mqtt-core.ts'

const SESSION = { id: 'S1', userId: 'U1', workspaceId: 'W1' }
type View = { serial: string; workspaceId: string; userId: string; connected: boolean; online: boolean }

function setUp() {
  const clock = fakeClock()
  const record = recordEvents()
  const views: View[] = []
  const alive = new Set(['S1'])
  const overdue = createOverdue({
    ...{ list: () => views, emit: record.emit, clock },
    alive: async (id) => (alive.has(id) ? SESSION : null),
  })
  const later = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await overdue.sweep()
  }
  const view = (more: Partial<View> = {}): View => {
    const made = { serial: 'G1', workspaceId: 'W1', userId: 'U1', connected: true, online: false, ...more }
    views.splice(0, views.length, made)
    return made
  }
  return { clock, record, overdue, later, view, alive }
}

describe('credentials that nobody uses', () => {
  it('are reported once, after a minute, with their user', async () => {
    const { record, overdue, later } = setUp()
    overdue.issued(SESSION, 'G1')
    await later(59_000)
    expect(record.take()).toEqual([])
    await later(1_000)
    expect(record.of('credentials.unused')).toMatchObject([
      { workspaceId: 'W1', gateway: 'G1', userId: 'U1', sessionId: 'S1' },
    ])
    await later(120_000)
    expect(record.of('credentials.unused')).toHaveLength(1)
  })

  it.each([
    ['of a controller that has connected', 'G1', {}],
    ['of no controller, when one of its user has connected', null, { serial: 'G9' }],
  ])('%s: are used', async (_name, gateway, connected) => {
    const { record, overdue, later, view } = setUp()
    overdue.issued(SESSION, gateway)
    await later(10_000)
    view({ online: true, ...connected })
    await later(10_000)
    await later(120_000)
    expect(record.take()).toEqual([])
  })

  it('are reported even if another user has connected', async () => {
    const { record, overdue, later, view } = setUp()
    overdue.issued(SESSION, null)
    view({ userId: 'U2', online: true })
    await later(60_000)
    expect(record.of('credentials.unused')).toHaveLength(1)
  })

  it('of the login are replaced by those of the controller, and all end with their session', async () => {
    const { record, overdue, later, alive } = setUp()
    overdue.issued(SESSION, null)
    overdue.issued(SESSION, 'G1')
    await later(60_000)
    expect(record.of('credentials.unused')).toMatchObject([{ gateway: 'G1' }])
    record.take()
    overdue.issued(SESSION, 'G1')
    alive.clear()
    await later(120_000)
    expect(record.take()).toEqual([])
  })
})

describe('a controller that is connected and sends nothing', () => {
  it('is reported once for each connection, after half a minute', async () => {
    const { record, later, view } = setUp()
    const one = view()
    await later(0)
    await later(29_000)
    expect(record.take()).toEqual([])
    await later(1_000)
    expect(record.take()).toEqual(['gateway.unannounced G1'])
    await later(60_000)
    expect(record.take()).toEqual([])
    one.online = true
    await later(1_000)
    one.online = false
    await later(1_000)
    await later(30_000)
    expect(record.take()).toEqual(['gateway.unannounced G1'])
  })

  it('is not reported if it disconnects or sends something before that', async () => {
    const { record, later, view } = setUp()
    const one = view()
    await later(0)
    one.online = true
    await later(60_000)
    one.online = false
    one.connected = false
    await later(60_000)
    expect(record.take()).toEqual([])
  })
})

it.each([
  ['pia', 'pia'],
  ['pilot@example.com', 'pilot@example.com'],
  ['correct horse battery', null],
  ['p\u00e4ss', null],
  ['x'.repeat(65), null],
  [undefined, null],
])('of the user name %j is shown %j', (name, shown) => expect(shownUsername(name)).toBe(shown))
