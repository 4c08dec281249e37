import { z } from 'zod'
import { checkOptions, type PluginFault, type RateLimit, type SignedInUser } from '../../plugin.ts'
import type { AskingController } from './records.ts'

/** How often what may be tried. Counted in `loginRateLimit.store`. */
export interface PhoneLoginLimits {
  /** New codes of one client address, which many controllers may share. @default 60 in 10 minutes */
  readonly codesPerAddress?: RateLimit | undefined
  /** Wrong codes of one user; and by itself, approvals of one user that were refused. @default 10 in 15 minutes */
  readonly guessesPerUser?: RateLimit | undefined
  /** Wrong codes of one client address, which many phones may share. @default 30 in 15 minutes */
  readonly guessesPerAddress?: RateLimit | undefined
}

/** Where an approval comes from, for `mayApprove`. */
export interface ApprovalContext {
  /** Remote IP address of the phone. */
  readonly address: string
  /**
   * `other`: the controller is certainly in another network than the phone. `unknown`: the addresses do not tell. The same address proves
   * nothing, because many phones share one.
   */
  readonly network: 'other' | 'unknown'
  /** The serial number, which the controller only claims, is one of a controller that the user's workspace has had online. */
  readonly known: boolean
}

/** Options of `phoneLogin`. */
export interface PhoneLoginOptions {
  /** How long a code can be used, in seconds: 60 to 900. @default 300 */
  readonly codeTtlSeconds?: number | undefined
  /**
   * True: the QR code contains the code, so the pilot only scans. False: it leads to the page, where the pilot types the code of
   * the controller. Then a link that somebody sends to a pilot contains no request. @default true
   */
  readonly completeLink?: boolean | undefined
  /**
   * Whether this user may log this controller in, beside what the platform checks itself. It is asked when the user presses
   * Approve. A user who may not is told so on the phone. If it throws, nothing is approved. @default every user
   */
  readonly mayApprove?:
    | ((user: SignedInUser, asking: AskingController, context: ApprovalContext) => boolean | Promise<boolean>)
    | undefined
  /** Limits on attempts. */
  readonly limits?: PhoneLoginLimits | undefined
}

const limit = (attempts: number, windowSeconds: number) =>
  z
    .strictObject({ attempts: z.int().min(1), windowSeconds: z.int().min(1) })
    .default({ attempts, windowSeconds })

const schema = z.strictObject({
  codeTtlSeconds: z.int().min(60).max(900).default(300),
  completeLink: z.boolean().default(true),
  mayApprove: z
    .custom<NonNullable<PhoneLoginOptions['mayApprove']>>((value) => typeof value === 'function', {
      message: 'needs a function (user, asking, context) => boolean',
    })
    .optional(),
  limits: z
    .strictObject({
      codesPerAddress: limit(60, 600),
      guessesPerUser: limit(10, 900),
      guessesPerAddress: limit(30, 900),
    })
    .prefault({}),
})
export type ParsedPhoneLoginOptions = z.output<typeof schema>

/** The options with defaults; null and the faults, if there are any. */
export function parseOptions(given: PhoneLoginOptions): {
  readonly options: ParsedPhoneLoginOptions | null
  readonly faults: readonly PluginFault[]
} {
  const result = checkOptions(schema, given)
  if (result.ok) return { options: result.value, faults: [] }
  const faults = result.problems.map(({ path, text }) => ({
    option: path === '' ? 'phoneLogin' : `phoneLogin.${path}`,
    fix: text,
  }))
  return { options: null, faults }
}
