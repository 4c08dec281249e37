import { z } from 'zod'

/**
 * What is kept of a request in the shared store. Another program may have written there, so everything that comes out is
 * checked. The device code itself is kept nowhere, only its hash.
 */

/** A controller that asks to be logged in: what the server sees of it, and what its page says of itself. */
export interface AskingController {
  /** Remote IP address, as the framework's proxy settings give it. */
  readonly address: string
  /** Serial number, as the page says; not checked. Null: the page does not know it. */
  readonly serial: string | null
  /** Its model, as the browser calls itself; not checked. Null: it does not say. */
  readonly device: string | null
}

const asking = z.object({
  address: z.string(),
  serial: z.string().nullable(),
  device: z.string().nullable(),
})

/** Kept by the hash of the device code. It is taken out when the session is opened, so that there is one session. */
const grant = z.object({ userCode: z.string(), keyHash: z.string(), expiresAt: z.number() })
export type Grant = z.output<typeof grant>

/** Kept by the user code. It stays for a while after the end, so that a late phone hears what happened. */
const request = z.object({
  deviceHash: z.string(),
  askedAt: z.number(),
  expiresAt: z.number(),
  asking,
})
export type AccessRequest = z.output<typeof request>

/** Kept by the hash of the device code: whose phone has the request open. */
const claim = z.object({ userId: z.string() })
export type Claim = z.output<typeof claim>

/** Kept by the hash of the device code. */
const decision = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('denied'), userId: z.string() }),
  z.object({
    kind: z.literal('approved'),
    user: z.object({
      id: z.string(),
      username: z.string(),
      workspace: z.object({ id: z.string(), name: z.string(), description: z.string() }),
    }),
    source: z.string(),
    data: z.unknown().optional(),
  }),
])
export type Decision = z.output<typeof decision>

/** Who decided. */
export const deciderOf = (one: Decision): string => (one.kind === 'denied' ? one.userId : one.user.id)

/** Kept by the hash of the device code: how often its page asks. */
const pace = z.object({ at: z.number(), intervalMs: z.number() })
export type Pace = z.output<typeof pace>

const reader =
  <Schema extends z.ZodType>(schema: Schema) =>
  (value: unknown): z.output<Schema> | null => {
    const parsed = schema.safeParse(value)
    return parsed.success ? parsed.data : null
  }

export const readGrant = reader(grant)
export const readRequest = reader(request)
export const readClaim = reader(claim)
export const readPace = reader(pace)

/** A decision as it is sealed: with the request that it is about, so that nobody can move it to another request. */
const sealed = z.object({ about: z.string(), decision })

export const writeDecision = (decided: Decision, about: string): string =>
  JSON.stringify({ about, decision: decided })

/** @param text from `writeDecision`. @param about the request that it has to be about */
export function parseDecision(text: string, about: string): Decision | null {
  try {
    const found = sealed.parse(JSON.parse(text))
    return found.about === about ? found.decision : null
  } catch {
    return null
  }
}
