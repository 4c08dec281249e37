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

it('waits once for a step that hangs, and again when it is done', async () => {
  const logs = recordLogs()
  const sequence = createSequence<number>('test', logs.logger, 20)
  const hanging: (() => void)[] = []
  const taken: string[] = []
  let hangs = true
  sequence.add('hangs', (run) =>
    hangs ? new Promise<void>((done) => hanging.push(done)) : later(`own ${run}`),
  )
  sequence.add('next', (run) => taken.push(`next ${run}`))
  const later = (what: string) =>
    new Promise<void>((done) => setTimeout(() => done(void taken.push(what)), 1))
  await sequence.run(1)
  // The second run waits for nothing: no timer can come in between.
  setImmediate(() => taken.push('a turn later'))
  await sequence.run(2)
  expect([taken, hanging.length]).toEqual([['next 1', 'next 2'], 2])
  for (const done of hanging) done()
  hangs = false
  await new Promise((resolve) => setImmediate(resolve))
  await sequence.run(3)
  expect(taken.slice(2)).toEqual(['a turn later', 'own 3', 'next 3'])
  expect(logs.lines.map(({ fields }) => fields['step'])).toEqual(['hangs'])
})
