import { z } from 'zod'
import type { Vault } from './vault.ts'

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

/** By the device code. */
const grant = z.object({ id: z.string(), keyHash: z.string(), expiresAt: z.number() })
export type Grant = z.output<typeof grant>

/** By the user code. It stays for a while after the end, so that a late phone hears what happened. */
const request = z.object({ id: z.string(), askedAt: z.number(), expiresAt: z.number(), asking })
export type AccessRequest = z.output<typeof request>

/** Whose phone has the request open. */
const claim = z.object({ userId: z.string() })
export type Claim = z.output<typeof claim>

/** What the user of a phone has decided, with all that listeners are told, since another node may tell it. */
const decision = z.object({
  id: z.string(),
  kind: z.enum(['approved', 'denied']),
  at: z.number(),
  user: z.object({
    id: z.string(),
    username: z.string(),
    workspace: z.object({ id: z.string(), name: z.string(), description: z.string() }),
  }),
  /** The login that knows the user on the phone, and its data. */
  source: z.string(),
  data: z.unknown().optional(),
  /** The network address of the phone. */
  address: z.string(),
  asking,
})
export type Decision = z.output<typeof decision>

/** One poll of the controller opens the session; the others wait for it. */
const turn = z.object({ at: z.number() })
export type Turn = z.output<typeof turn>

/** The session that was opened, with what the controller is given. */
const opening = z.object({
  at: z.number(),
  sessionId: z.string(),
  token: z.string(),
  tokenExpiresAt: z.number(),
  user: z.object({ id: z.string(), username: z.string(), workspaceId: z.string() }),
})
export type Opening = z.output<typeof opening>

/** How often the page of the controller asks. */
const pace = z.object({ at: z.number(), intervalMs: z.number() })
export type Pace = z.output<typeof pace>

/** Everything that is kept of the requests that are under way. All but the first two by the random id of the request. */
export const shelvesOf = ({ shelf }: Vault) => ({
  requests: shelf('code', request, 'secret'),
  grants: shelf('grant', grant, 'secret'),
  claims: shelf('claim', claim, 'plain'),
  decisions: shelf('decision', decision, 'plain'),
  /** A denial after the own approval. */
  withdrawals: shelf('withdrawal', decision, 'plain'),
  turns: shelf('turn', turn, 'plain'),
  openings: shelf('opening', opening, 'plain'),
  paces: shelf('pace', pace, 'plain'),
  /** By the id of a decision: listeners were told. */
  told: shelf('told', z.literal(true), 'plain'),
})
export type Shelves = ReturnType<typeof shelvesOf>
