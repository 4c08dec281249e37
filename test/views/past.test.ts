import { expect, it } from 'vitest'
import { createBridge } from '../../src/bridge/client.ts'
import type { FlowState } from '../../src/bridge/types.ts'
import { readPast } from '../../src/views/assets/past.ts'

function page(kept: Record<string, string>, native: { verified: boolean; up: boolean }) {
  const store = new Map(Object.entries(kept))
  const storage = {
    get: (key: string) => store.get(key) ?? null,
    set: (key: string, value: string) => void store.set(key, value),
    remove: (key: string) => void store.delete(key),
  }
  const bridge = createBridge(() => ({
    platformIsVerified: () => native.verified,
    thingGetConnectState: () => native.up,
  }))
  return { past: readPast(storage, bridge), store }
}
const LEFT = { 'dji-cloud.link': 'connected' }

it.each([
  ['it was up, and Pilot runs on without it', LEFT, { verified: true, up: false }, true],
  ['it is still up', LEFT, { verified: true, up: true }, false],
  ['Pilot was started anew', LEFT, { verified: false, up: false }, false],
  ['it was never up', {}, { verified: true, up: false }, false],
  ['it was down before', { 'dji-cloud.link': 'disconnected' }, { verified: true, up: false }, false],
])('a link is lost while the page was away when %s', (_, kept, native, lost) => {
  expect(page(kept as Record<string, string>, native).past.lostWhileAway).toBe(lost)
})

it('tells once why the session before ended, and forgets with the pilot who leaves', () => {
  const { past, store } = page({ 'dji-cloud.ended': 'revoked' }, { verified: true, up: false })
  expect(past.loginReason).toBe('revoked')
  expect(store.size).toBe(0)
  past.note({ link: 'connected' } as FlowState)
  past.ended('expired')
  expect([...store.values()].sort()).toEqual(['connected', 'expired'])
  past.forget()
  expect(store.size).toBe(0)
})
