import { expect, it } from 'vitest'
import { createSequence } from '../../src/core/sequence.ts'
import { recordLogs } from '../support/logs.ts'

it('takes its steps one after the other, in the order in which they were added', async () => {
  const sequence = createSequence<string>('test', recordLogs().logger)
  const taken: string[] = []
  sequence.add('first', async (subject) => {
    await Promise.resolve()
    taken.push(`first ${subject}`)
  })
  sequence.add('second', (subject) => taken.push(`second ${subject}`))
  await sequence.run('x')
  expect(taken).toEqual(['first x', 'second x'])
})

it('goes on where a step throws, rejects or hangs, and says which one', async () => {
  const logs = recordLogs()
  const sequence = createSequence<null>('session end', logs.logger, 5)
  const taken: string[] = []
  sequence.add('throws', () => {
    throw new Error('broken')
  })
  sequence.add('rejects', () => Promise.reject(new Error('broken too')))
  sequence.add('hangs', () => new Promise(() => undefined))
  sequence.add('last', () => taken.push('last'))
  await sequence.run(null)
  expect(taken).toEqual(['last'])
  expect(logs.lines.map(({ fields }) => fields['step'])).toEqual(['throws', 'rejects', 'hangs'])
})

it('takes a step no more once it was removed', async () => {
  const sequence = createSequence<null>('test', recordLogs().logger)
  const taken: string[] = []
  const stop = sequence.add('gone', () => taken.push('gone'))
  stop()
  await sequence.run(null)
  expect(taken).toEqual([])
})
