import { expect, test } from 'vitest'
import { createWorkspaceNames } from '../../../src/core/access/workspace-names.ts'
import { manualClock } from '../../support/clock.ts'
import { sessionOf, WORKSPACE_A, WORKSPACE_B } from '../../support/sessions.ts'

test('the name of a workspace is asked for once a minute, of each its own', async () => {
  const clock = manualClock()
  const asked: string[] = []
  let suffix = ''
  const nameOf = createWorkspaceNames(async ({ workspaceId }) => {
    asked.push(workspaceId)
    const workspace = workspaceId === WORKSPACE_A.id ? WORKSPACE_A : WORKSPACE_B
    return { workspace: { ...workspace, name: workspace.name + suffix } }
  }, clock)
  const [a, b] = [sessionOf(clock.now()), sessionOf(clock.now(), { workspaceId: WORKSPACE_B.id })]
  expect([await nameOf(a), await nameOf(b), await nameOf(a)]).toEqual(['Alpha', 'Bravo', 'Alpha'])
  suffix = ' renamed'
  clock.advance(59_999)
  expect(await nameOf(a)).toBe('Alpha')
  clock.advance(1)
  expect([await nameOf(a), asked.length]).toEqual(['Alpha renamed', 3])
})

test('a user who is gone is told so, and nothing is remembered of it', async () => {
  const clock = manualClock()
  let fails = true
  const nameOf = createWorkspaceNames(async () => {
    if (fails) throw new Error('gone')
    return { workspace: WORKSPACE_A }
  }, clock)
  await expect(nameOf(sessionOf(clock.now()))).rejects.toThrow('gone')
  fails = false
  expect(await nameOf(sessionOf(clock.now()))).toBe('Alpha')
})
