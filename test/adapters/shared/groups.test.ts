import { expect, test } from 'vitest'
import { createGroups } from '../../../src/adapters/shared/groups.ts'

test('a group has what was added to it and not removed, in order', () => {
  const groups = createGroups<string>()
  groups.add('one', 'b')
  groups.add('one', 'a')
  groups.add('one', 'b')
  groups.add('two', 'c')
  groups.remove('one', 'x')
  groups.remove('three', 'a')
  expect([...groups.of('one')]).toEqual(['b', 'a'])
  groups.remove('one', 'b')
  groups.remove('one', 'a')
  expect([[...groups.of('one')], [...groups.of('two')]]).toEqual([[], ['c']])
})
