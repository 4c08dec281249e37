import { expect, it } from 'vitest'
import { createLink } from '../../src/bridge/link.ts'

type Event = 'begin' | 'end' | ['said' | 'polled', boolean | null] | ['wait', number]

const SECOND = 1_000

it.each<[string, readonly Event[], string]>([
  ['never begun', [], 'disconnected'],
  ['begun', ['begin'], 'connecting'],
  ['a first false', ['begin', ['said', false]], 'connecting'],
  ['half a minute of nothing', ['begin', ['wait', 31 * SECOND], ['polled', false]], 'disconnected'],
  ['half a minute without any answer', ['begin', ['wait', 31 * SECOND], ['polled', null]], 'disconnected'],
  ['late, but there', ['begin', ['wait', 31 * SECOND], ['polled', false], ['polled', true]], 'connected'],
  ['a callback', ['begin', ['said', true]], 'connected'],
  ['a poll', ['begin', ['polled', true]], 'connected'],
  ['one poll that lags behind the callback', ['begin', ['said', true], ['polled', false]], 'connected'],
  ['two polls that say no', ['begin', ['said', true], ['polled', false], ['polled', false]], 'connecting'],
  [
    'doubt dispelled',
    ['begin', ['said', true], ['polled', false], ['polled', true], ['polled', false]],
    'connected',
  ],
  ['a drop', ['begin', ['said', true], ['wait', 60 * SECOND], ['said', false]], 'connecting'],
  ['unloaded', ['begin', ['said', true], 'end'], 'disconnected'],
  [
    'word of a link that was never begun',
    [
      ['said', true],
      ['polled', true],
    ],
    'disconnected',
  ],
])('%s', (_, events, expected) => {
  let now = 0
  const link = createLink(
    () => now,
    () => {},
  )
  for (const event of events) {
    if (event === 'begin' || event === 'end') link[event]()
    else if (event[0] === 'wait') now += event[1]
    else if (event[0] === 'polled') link.polled(event[1])
    else link.said(event[1] === true)
  }
  expect(link.state).toBe(expected)
})
