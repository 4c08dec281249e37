import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { check } from '../../../src/core/checking/explain.ts'
import { given } from '../../../src/core/checking/given.ts'
import { written } from '../../../src/core/checking/loose.ts'
import { optionsSchema } from '../../../src/core/options/schema.ts'
import { setupSchema } from '../../../src/plugins/simulator/controls.ts'
import { traceSchema } from '../../../src/testing/trace/trace.ts'

const schema = z.strictObject({
  text: z.string().min(1).max(5).exactOptional(),
  whole: z.number().int().min(0).max(65_535).exactOptional(),
  int: z.int().exactOptional(),
  step: z.number().multipleOf(5).exactOptional(),
  word: z.enum(['pilot', 'web']).exactOptional(),
  list: z.array(z.string()).min(1).exactOptional(),
  choice: z.union([z.boolean(), z.strictObject({ host: z.string() })]).exactOptional(),
  kind: z
    .discriminatedUnion('as', [
      z.strictObject({ as: z.literal('a'), one: z.string() }),
      z.strictObject({ as: z.literal('b') }),
    ])
    .exactOptional(),
  bag: z.record(z.string().regex(/^[a-z]+$/, 'needs small letters'), z.string()).exactOptional(),
})

const problemsOf = (value: unknown): string[] => {
  const checked = check(schema, value)
  return checked.ok ? [] : checked.problems.map(({ path, text }) => `${path}: ${text}`)
}

describe('the words name the field, what came and what is wanted', () => {
  test.each<[string, unknown, string]>([
    ['a text for a number', { whole: '1883' }, 'whole: needs a whole number; got a text'],
    ['a fraction', { whole: 1.5 }, 'whole: needs a whole number; got 1.5'],
    ['null', { int: null }, 'int: needs a whole number; got null'],
    ['NaN', { whole: Number.NaN }, 'whole: needs a whole number; got NaN'],
    ['too much', { whole: 70_000 }, 'whole: needs a number of at most 65535; got 70000'],
    ['too little', { whole: -1 }, 'whole: needs a number of at least 0; got -1'],
    ['an odd step', { step: 7 }, 'step: needs a multiple of 5; got a number'],
    ['a number for a text', { text: 12 }, 'text: needs a text; got a number'],
    ['an empty text', { text: '' }, 'text: must not be empty'],
    ['a long text', { text: 'secret' }, 'text: needs at most 5 characters'],
    ['another word', { word: 'admin' }, 'word: needs "pilot" or "web"'],
    ['no entries', { list: [] }, 'list: needs at least 1 entries'],
    ['a function', { list: () => 1 }, 'list: needs a list; got a function'],
    [
      'neither choice',
      { choice: 'x' },
      'choice: needs true or false, or needs an object with host; got a text',
    ],
    ['half a choice', { choice: {} }, 'choice.host: is missing; needs a text'],
    ['no kind', { kind: {} }, 'kind.as: is missing; needs "a" or "b"'],
    ['an unknown kind', { kind: { as: 'c' } }, 'kind.as: needs "a" or "b"'],
    ['a slip in a kind', { kind: { as: 'a', oen: 'x' } }, 'kind.one: is missing; needs a text'],
    ['an odd key', { bag: { A: 'x' } }, 'bag.A: needs small letters'],
    ['an unknown name', { wrod: 1 }, 'wrod: is not a field; did you mean "word"?'],
    ['no object', 'secret', ': needs an object; got a text'],
  ])('%s', (_name, value, words) => expect(problemsOf(value)[0]).toBe(words))

  test('every fault is named', () => {
    expect(problemsOf({ text: 1, list: [2], word: true })).toHaveLength(3)
  })
})

const WRONG = [
  undefined,
  null,
  '',
  'secret-value',
  true,
  -1.5,
  Number.NaN,
  1e30,
  [],
  ['x'],
  {},
  { a: 1 },
  () => 1,
]
const OF_THE_LIBRARY = /expected|received|invalid|unrecogni|too (big|small)|must be|string\b/i

/** Every place of a schema where something can be written, as a list of keys. */
function placesOf(schema: { _zod: { def: unknown } }): string[][] {
  const def = schema._zod.def as {
    innerType?: typeof schema
    in?: typeof schema
    element?: typeof schema
    options?: (typeof schema)[]
    shape?: Record<string, typeof schema>
  }
  const inner = def.innerType ?? def.in
  if (inner !== undefined) return placesOf(inner)
  if (def.options !== undefined) return def.options.flatMap(placesOf)
  if (def.element !== undefined) return [[], ...placesOf(def.element).map((path) => ['0', ...path])]
  return [
    [],
    ...Object.entries(def.shape ?? {}).flatMap(([name, child]) =>
      placesOf(child).map((path) => [name, ...path]),
    ),
  ]
}

const put = ([head, ...rest]: string[], value: unknown): unknown =>
  head === undefined ? value : head === '0' ? [put(rest, value)] : { [head]: put(rest, value) }

describe.each([
  ['options', optionsSchema],
  ['a trace', traceSchema],
  ['the simulator', setupSchema],
])('%s: whatever is written anywhere', (_name, schema) => {
  test.each(placesOf(schema).map((path) => [path.join('.') || 'itself', path] as const))(
    '%s: the words of the library and the value stay inside',
    (_place, path) => {
      for (const value of WRONG) {
        const checked = check(schema, put([...path], value))
        if (checked.ok) continue
        for (const { text } of checked.problems) {
          expect(text).not.toMatch(OF_THE_LIBRARY)
          expect(text).not.toContain('secret-value')
        }
      }
    },
  )
})

describe('what is undefined is not given', () => {
  const store = { authenticate: () => null, findById: () => null, close: undefined }

  test('at any depth, in lists too', () => {
    const value = {
      platformName: undefined,
      unknown: undefined,
      mqtt: { port: undefined },
      pages: {
        theme: { light: { page: undefined } },
        messages: { en: { 'login.title': undefined }, de: undefined },
      },
      users: [{ username: 'a', password: undefined, workspace: undefined }],
      modules: { map: { userName: undefined } },
      loginRateLimit: { perAccount: undefined },
    }
    expect(given(optionsSchema, value)).toEqual({
      mqtt: {},
      pages: { theme: { light: {} }, messages: { en: {} } },
      users: [{ username: 'a' }],
      modules: { map: {} },
      loginRateLimit: {},
    })
    expect(check(optionsSchema, { environment: 'development', ...value }).ok).toBe(true)
  })

  test.each(placesOf(optionsSchema).filter((path) => path.length > 0 && path.at(-1) !== '0'))(
    'each option of %s',
    (...path) => {
      // A required field of a group is then missing, as if it had not been written.
      const checked = check(optionsSchema, {
        environment: 'development',
        ...(put(path, undefined) as object),
      })
      if (!checked.ok) for (const { text } of checked.problems) expect(text).toMatch(/^is missing/)
    },
  )

  test('a store, a broker and what the host hands to templates stay as they are', () => {
    const locals = { user: undefined }
    const left = given(optionsSchema, { users: store, broker: store, views: { locals } }) as Record<
      string,
      unknown
    >
    expect(left['users']).toBe(store)
    expect(left['broker']).toBe(store)
    expect((left['views'] as { locals: object }).locals).toBe(locals)
  })

  test('what has nothing undefined is not copied', () => {
    const value = { mqtt: { port: 1 }, users: [{ username: 'a' }] }
    expect(given(optionsSchema, value)).toBe(value)
  })

  test('and replaces no default', () => {
    expect({ ...{ a: 1, b: 2 }, ...written<{ a: number; b: number }>({ a: undefined, b: 3 }) }).toEqual({
      a: 1,
      b: 3,
    })
  })
})
