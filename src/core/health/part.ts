import { isDjiCloudError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { withinTime } from '../within.ts'

/** The state of one part that the platform needs, at its last use. */
export interface PartHealth {
  /** `unknown`: not used yet, or not used since it was down and without a probe. */
  readonly status: 'up' | 'down' | 'unknown'
  /** When it got this status, in ms since the epoch. */
  readonly since: number
  /** When it last answered or failed, in ms since the epoch; null if never. */
  readonly checkedAt: number | null
  /** The last failure as an error code such as `ECONNREFUSED`, or as an error class. The log has its text. */
  readonly detail?: string
}

export interface Part {
  /** It answered. */
  succeeded(): void
  failed(error: unknown): void
  view(): PartHealth
  /** Sends the probe if it is due. Call it about every second. Never rejects. */
  beat(): Promise<void>
}

export interface PartPlan {
  /** Its name in the log: `the store of sessions`. */
  readonly name: string
  readonly clock: Clock
  readonly logger: Logger
  /** Sends a cheap question; returns null if there is nothing to ask yet. Absent if the part is used all the time. */
  readonly probe?: () => Promise<unknown> | null
  /** A probe that takes longer has failed, in ms. @default 5000 */
  readonly timeoutMs?: number
}

/** Time between probes while the part is down, so that health recovers without any request. */
const RETRY_MS = 5_000
/** A part that was not used for this time is asked, because its state is too old. */
const STALE_MS = 30_000

export function createPart({ name, clock, logger, probe, timeoutMs = 5_000 }: PartPlan): Part {
  let status: PartHealth['status'] = 'unknown'
  let since = clock.now()
  let checkedAt: number | null = null
  let detail: string | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  function turn(to: PartHealth['status']): boolean {
    checkedAt = clock.now()
    if (status === to) return false
    status = to
    since = checkedAt
    return true
  }

  const part: Part = {
    succeeded() {
      const wasDown = status === 'down'
      detail = undefined
      // Good news, but still a warning: readers of the error must also see that it is over.
      if (turn('up') && wasDown) logger.warn({}, `${name} answers again`)
    },
    failed(error) {
      // The part answered, with an error of its own.
      if (isDjiCloudError(error) && error.code !== 'STORE_UNAVAILABLE') {
        part.succeeded()
        return
      }
      detail = detailOf(error)
      if (turn('down')) logger.error({ err: error }, `${name} cannot be reached`)
    },
    view: () => ({ status, since, checkedAt, ...(detail === undefined ? {} : { detail }) }),
    async beat() {
      if (probe === undefined) return
      const now = clock.now()
      const last = Math.max(askedAt, status === 'down' ? Number.NEGATIVE_INFINITY : (checkedAt ?? askedAt))
      if (now - last < (status === 'down' ? RETRY_MS : STALE_MS)) return
      askedAt = now
      const question = probe()
      if (question !== null)
        await withinTime(question, timeoutMs, tooLate, false).then(part.succeeded, part.failed)
      // The state is unknown now. If it stayed "down", a platform taken out of service would never recover.
      else if (status === 'down' && now - (checkedAt ?? now) > STALE_MS) turn('unknown')
    },
  }
  return part
}

function detailOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  if (cause instanceof Error) return detailOf(cause)
  return typeof name === 'string' ? name : 'Error'
}

const tooLate = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
