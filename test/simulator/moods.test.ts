import { expect, it, test } from 'vitest'
import { HOST_EVENTS } from '../../src/plugins/simulator/host-events.ts'
import { createFolder, foldKey } from '../../src/plugins/simulator/page/folding.ts'
import { EVENT_MOODS, moodOf } from '../../src/plugins/simulator/page/moods.ts'
import type { Entry } from '../../src/plugins/simulator/page/types.ts'

const entry = (type: string, fields: object): Entry => ({ seq: 1, at: 1, type, ...fields })
const CALM = { network: true, ended: false }
const CUT = { network: false, ended: false }
const ENDED = { network: true, ended: true }
const http = (status: number) => entry('http', { side: 'page', method: 'GET', url: '/x', status })
const link = (state: string, reason: string | null) => entry('mqtt.state', { state, reason })
const host = (name: string, event: object = {}) => entry('host', { name, event })

test.each<[string, Entry, typeof CALM, string]>([
  ['a request that worked', http(200), CALM, 'normal'],
  ['a redirect', http(304), CALM, 'normal'],
  ['an expired token, which the page renews', http(401), CALM, 'note'],
  ['a request that was refused', http(403), CALM, 'fault'],
  ['a server that failed', http(500), CALM, 'fault'],
  ['a server that was not reached', http(0), CALM, 'fault'],
  ['the same, after the network was cut', http(0), CUT, 'note'],
  ['a link that is connected', link('connected', null), CALM, 'normal'],
  ['a link that Pilot closed', link('disconnected', null), CALM, 'normal'],
  ['a link that was lost', link('disconnected', 'gone'), CALM, 'fault'],
  ['the same, after the network was cut', link('disconnected', 'gone'), CUT, 'note'],
  ['the same, after the session was revoked', link('disconnected', 'gone'), ENDED, 'note'],
  ['Pilot leaves the cloud', entry('withdrawn', { url: '/x' }), CALM, 'fault'],
  ['the same, after the session was revoked', entry('withdrawn', { url: '/x' }), ENDED, 'note'],
  ['a fault', entry('fault', { message: 'refused' }), CUT, 'fault'],
  ['a topology that was sent', entry('topology', { state: 'sent' }), CALM, 'normal'],
  ['a topology without an answer', entry('topology', { state: 'unanswered' }), CALM, 'fault'],
  ['a callback', entry('callback', { delivered: true }), CALM, 'normal'],
  ['a callback without a page', entry('callback', { delivered: false }), CALM, 'note'],
  ['a bridge call that worked', entry('bridge', { answer: '{"code":0,"data":true}' }), CALM, 'normal'],
  ['a bridge call with a plain answer', entry('bridge', { answer: true }), CALM, 'normal'],
  ['a bridge call without an answer', entry('bridge', {}), CALM, 'normal'],
  ['a bridge call that was refused', entry('bridge', { answer: '{"code":615011}' }), CALM, 'note'],
  ['an event of the app', host('gateway.online'), CALM, 'normal'],
  ['an aircraft that was switched off', host('aircraft.offline', { reason: 'unlinked' }), CALM, 'normal'],
  ['a lost controller', host('gateway.offline', { reason: 'connection_lost' }), CALM, 'note'],
  ['a failed login', host('login.failed', { reason: 'credentials' }), CALM, 'note'],
  ['credentials that nobody uses', host('credentials.unused'), CALM, 'fault'],
  ['what the simulator itself did', entry('simulator', { what: 'x' }), CALM, 'normal'],
])('%s', (_, given, circumstances, mood) => {
  expect(moodOf(given, circumstances)).toBe(mood)
})

const osd = (serial: string) => entry('mqtt.out', { topic: `thing/product/${serial}/osd` })
const asked = (answer: string) => entry('bridge', { method: 'thingGetConnectState', args: [], answer })
const get = (url: string, status = 200) => entry('http', { side: 'page', method: 'GET', url, status })

test.each<[string, Entry, Entry, boolean]>([
  ['a request with another query', get('/a?x=1'), get('/a?x=2'), true],
  ['a request of another path', get('/a'), get('/b'), false],
  ['a request with another result', get('/a'), get('/a', 401), false],
  ['reports of one device', osd('A'), osd('A'), true],
  ['reports of two devices', osd('A'), osd('B'), false],
  ['a question to Pilot', asked('true'), asked('true'), true],
  ['a question with another answer', asked('true'), asked('false'), false],
  [
    'pushes about one device',
    entry('ws.in', { data: { biz_code: 'device_osd', data: { sn: 'A' } } }),
    entry('ws.in', { data: { biz_code: 'device_osd', data: { sn: 'A' } } }),
    true,
  ],
  [
    'events of the app about one device',
    host('device.osd', { serial: 'A', at: 1 }),
    host('device.osd', { serial: 'A', at: 2 }),
    true,
  ],
  [
    'events of the app about two devices',
    host('device.osd', { serial: 'A' }),
    host('device.osd', { serial: 'B' }),
    false,
  ],
])('%s: one line is %s', (_, one, other, same) => {
  expect(foldKey(one) === foldKey(other)).toBe(same)
})

test.each([
  ['what was sent', entry('http', { side: 'page', method: 'POST', url: '/a', status: 200 })],
  ['a topology', entry('mqtt.out', { topic: 'sys/product/A/status' })],
  ['a call of the bridge', entry('bridge', { method: 'platformLoadComponent', args: [], answer: 1 })],
  ['a device that came online', host('gateway.online')],
])('%s has its own line', (_, given) => {
  expect(foldKey(given)).toBeNull()
})

it('folds into a line that is still near, and not into one that is far up or was cleared', () => {
  const folder = createFolder<string>()
  expect(folder.lineOf(osd('A'))).toBeNull()
  folder.add(osd('A'), 'first')
  for (let count = 0; count < 30; count += 1) folder.add(entry('bridge', {}), 'other')
  expect(folder.lineOf(osd('A'))).toBe('first')
  folder.add(entry('bridge', {}), 'one more')
  expect(folder.lineOf(osd('A'))).toBeNull()
  folder.add(osd('A'), 'second')
  expect(folder.lineOf(osd('A'))).toBe('second')
  folder.clear()
  expect(folder.lineOf(osd('A'))).toBeNull()
})

it('knows only events that the app has', () => {
  expect(Object.keys(EVENT_MOODS).filter((name) => !HOST_EVENTS.some((one) => one === name))).toEqual([])
})
