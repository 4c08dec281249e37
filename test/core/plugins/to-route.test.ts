import { expect, test } from 'vitest'
import type { AuthedContext, Context } from '../../../src/core/http/types.ts'
import type { PluginRoute } from '../../../src/core/plugins/route-row.ts'
import { toRoute } from '../../../src/core/plugins/to-route.ts'
import { sessionOf } from '../../support/sessions.ts'

const session = sessionOf(Date.UTC(2026, 0, 15, 12))
const request = { query: new URLSearchParams() } as Context['request']
const open: Context = { request, params: {}, body: null, admitted: undefined, token: undefined }
const authed: AuthedContext = { ...open, session, token: 'token' }

/** The row as a route, with devices that only tell which workspace they are of. */
const routeOf = (row: object) =>
  toRoute(
    { method: 'GET', path: '/test/x', ...row } as unknown as PluginRoute,
    'test-plugin',
    (workspaceId) => ({ workspaceId }) as never,
  )
const handle = async (row: object, context: Context): Promise<unknown> => {
  const answer = await routeOf(row).handle(context as never)
  return JSON.parse(String(answer.body)).data
}

test('a guarded row gets the session, and the devices of the workspace of that session', async () => {
  const told = await handle(
    {
      guard: 'token',
      handle: ({ session, devices }: { session: object; devices: object }) => ({ session, devices }),
    },
    authed,
  )
  expect(told).toEqual({
    session: JSON.parse(JSON.stringify(session)),
    devices: { workspaceId: session.workspaceId },
  })
})

test('an open row gets neither', async () => {
  const names = await handle({ guard: 'public', handle: (context: object) => Object.keys(context) }, open)
  expect(names).not.toContain('session')
  expect(names).not.toContain('devices')
})

test('the limits of a row are kept', () => {
  const limits = {
    guard: 'token',
    roles: ['web'],
    rateLimit: { attempts: 3, windowSeconds: 60, per: 'user' },
    bodyLimit: 10,
  }
  expect(routeOf({ ...limits, handle: () => null })).toMatchObject({ ...limits, plugin: 'test-plugin' })
})
