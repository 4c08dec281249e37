import { beforeEach, describe, expect, it } from 'vitest'
import { createNicknames, type Nicknames } from '../../../src/core/devices/nicknames.ts'
import type { CloudEventName } from '../../../src/core/events.ts'
import { createFleetSignals } from '../../../src/core/fleet-signals.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'

let shown: string[]
let changed: string[]
let nicknames: Nicknames
/** Questions to the store that are not answered yet. */
let asked: ((nickname: string | null) => void)[]
let listeners: Map<string, (event: never) => unknown>

const settle = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  shown = []
  changed = []
  asked = []
  listeners = new Map()
  const names = new Map<string, string | null>()
  const signals = createFleetSignals()
  signals.on('shown', (serial) => shown.push(`${serial}: ${names.get(serial)}`))
  signals.on('renamed', (serial, nickname) => changed.push(`${serial}: ${nickname}`))
  nicknames = createNicknames({
    devices: {
      get: () => new Promise((resolve) => asked.push((nickname) => resolve({ nickname } as never))),
      update: async (serial) => serial !== 'THEIRS',
    },
    registry: {
      rename(serial, nickname) {
        if ((names.get(serial) ?? null) === nickname) return false
        names.set(serial, nickname)
        return true
      },
    },
    on: ((name: CloudEventName, listener: (event: never) => unknown) => {
      listeners.set(name, listener)
      return () => undefined
    }) as never,
    logger: silentLogger,
    signals,
  })
})

const online = (aircraft: string) => listeners.get('aircraft.online')?.({ aircraft } as never)

describe('the nickname that views show', () => {
  it('is read when a device comes online', async () => {
    online('A1')
    asked[0]?.('Red')
    await settle()
    expect([shown, changed]).toEqual([['A1: Red'], []])
  })

  it('changes at every node as soon as the new one is written', async () => {
    expect(await nicknames.update('A1', 'W1', { nickname: 'Blue' })).toBe(true)
    expect([shown, changed]).toEqual([['A1: Blue'], ['A1: Blue']])
  })

  it('stays if another field is written, or if the write failed', async () => {
    await nicknames.update('A1', 'W1', { lastSeenAt: 1 })
    expect(await nicknames.update('THEIRS', 'W1', { nickname: 'Blue' })).toBe(false)
    expect([shown, changed]).toEqual([[], []])
  })

  it('is not replaced by an older one that was read before the change', async () => {
    online('A1')
    nicknames.heard('A1', 'Blue')
    asked[0]?.('Red')
    await settle()
    asked[1]?.('Blue')
    await settle()
    expect(shown).toEqual(['A1: Blue'])
  })
})
