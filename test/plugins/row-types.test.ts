// What a row says of itself binds its handler: held by the compiler. The lines run too, so that a test can fail.
import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  type BodyStream,
  type HttpResponse,
  type MultipartBody,
  type PluginRoute,
  route,
  type Session,
  success,
} from '../../src/plugin.ts'

const rows: PluginRoute[] = [
  route({
    ...{ method: 'POST', path: '/t/a', guard: 'token' },
    input: z.object({ name: z.string() }),
    output: z.array(z.number()),
    roles: ['pilot'],
    handle({ body, session, admitted, devices }) {
      expectTypeOf(body).toEqualTypeOf<{ name: string }>()
      expectTypeOf(session).toEqualTypeOf<Session>()
      expectTypeOf(admitted).toEqualTypeOf<undefined>()
      expectTypeOf(devices.list).toBeFunction()
      return [body.name.length]
    },
  }),
  // @ts-expect-error: `output` binds the result
  route({ method: 'GET', path: '/t/b', guard: 'token', output: z.array(z.number()), handle: () => ['1'] }),
  // @ts-expect-error: so does `answers`
  route({ method: 'GET', path: '/t/c', guard: 'public', answers: 'http', handle: () => ({ n: 1 }) }),
  route({ method: 'GET', path: '/t/d', guard: 'public', answers: 'http', handle: () => success(1) }),
  route({
    ...{ method: 'PUT', path: '/t/e/:key+', guard: 'public', body: 'stream', bodyLimit: 10 },
    admit: ({ query }) => ({ bucket: query.get('bucket') }),
    handle({ admitted, body }) {
      expectTypeOf(admitted).toEqualTypeOf<{ bucket: string | null }>()
      expectTypeOf(body).toEqualTypeOf<BodyStream>()
    },
  }),
  route({
    ...{ method: 'POST', path: '/t/f', guard: 'token', body: 'multipart' },
    bodyLimit: ({ session }) => (session.role === 'pilot' ? 10 : 20),
    admit: async ({ session }) => session.userId,
    handle({ admitted, body }) {
      expectTypeOf(admitted).toEqualTypeOf<string>()
      expectTypeOf(body).toEqualTypeOf<MultipartBody>()
    },
  }),
  // @ts-expect-error: a body that is a stream has a limit
  route({ method: 'PUT', path: '/t/g', guard: 'public', body: 'stream', handle: () => null }),
  // @ts-expect-error: nobody asks for a session on a public row
  route({ method: 'GET', path: '/t/h', guard: 'public', handle: ({ session }) => session }),
  // @ts-expect-error: and it has no roles
  route({ method: 'GET', path: '/t/i', guard: 'public', roles: ['pilot'], handle: () => null }),
  // @ts-expect-error: only a public row lets other sites call it
  route({ method: 'POST', path: '/t/k', guard: 'browser', crossSite: true, handle: () => null }),
  {
    method: 'GET',
    path: '/t/j',
    guard: 'token',
    handle: ({ session }) => session.userId,
  },
]

it('keeps rows as they were written', () => {
  expect(rows.map(({ path }) => path.slice(0, 4))).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'k', 'j'].map((name) => `/t/${name}`),
  )
  expectTypeOf<HttpResponse['cookies']>().toEqualTypeOf<readonly string[] | undefined>()
})
