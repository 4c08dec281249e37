import { z } from 'zod'

/**
 * The calls and answers between a page and a real Pilot, without personal or secret data: see docs/recorder.md. The
 * recorder masks the data while it records. This schema rejects every field that it does not name.
 */
const short = z.string().max(300)
/** Placeholders for values that are never recorded. */
export const GATEWAY = '<gateway>'
export const AIRCRAFT = '<aircraft>'
export const TOKEN = '<token>'
/** `<masked 32>` stands for a text of 32 characters. */
export const MASKED = /^<masked \d+>$/

const plain = z.union([z.boolean(), z.number(), z.null(), short])

const answer = z.discriminatedUnion('as', [
  z.strictObject({
    /** `envelope`: a JSON text {code, message, data}, or that object itself. */
    as: z.literal('envelope'),
    code: z.number(),
    message: short,
    /** `text`: data was a JSON text inside the JSON text; `absent`: there was no data. */
    dataAs: z.enum(['plain', 'text', 'object', 'absent']),
    data: z.union([plain, z.record(short, plain)]),
    object: z.boolean(),
  }),
  z.strictObject({ as: z.literal('plain'), value: plain }),
  z.strictObject({ as: z.literal('nothing') }),
  z.strictObject({ as: z.literal('thrown'), message: short }),
])

const at = z.number().int().min(0)
const entry = z.discriminatedUnion('kind', [
  z.strictObject({ at, kind: z.literal('call'), method: short, args: z.array(short).max(12), answer }),
  z.strictObject({
    at,
    kind: z.literal('callback'),
    /** Name of the page's function. */
    name: short,
    /** The type of the argument that the page got: `boolean`, `text`, `object`, `number`, `nothing`. */
    argumentAs: short,
    argument: z.union([plain, z.record(short, plain)]),
  }),
  z.strictObject({
    at,
    kind: z.literal('page'),
    what: z.enum(['loaded', 'hidden', 'bridge', 'onBackClick', 'onStopPlatform']),
    detail: short,
  }),
])

/** The form of a trace. Unknown fields are refused, because they may hold a secret. */
export const traceSchema = z.strictObject({
  format: z.literal('dji-cloud-trace'),
  version: z.literal(1),
  /** ISO 8601. `at` of each entry counts milliseconds from this time. */
  startedAt: short,
  userAgent: short,
  screen: z.strictObject({ width: z.number(), height: z.number(), ratio: z.number() }),
  /** The methods known to this package that the recorded bridge has. */
  methods: z.array(short).max(200),
  entries: z.array(entry).max(3_000),
})

/** A recorded trace: the calls and answers between a page and a real Pilot. */
export type Trace = z.output<typeof traceSchema>
/** One line of a trace: a call, a callback, or what happened to the page. */
export type TraceEntry = z.output<typeof entry>
/** The answer of Pilot to one call, and its form. */
export type TraceAnswer = z.output<typeof answer>
