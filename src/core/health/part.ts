import { isDjiCloudError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { withinTime } from '../within.ts'

/** One thing that the platform needs, as it was when it was last used. */
export interface PartHealth {
  /** `unknown`: not used yet, or not since it was down and there was no way to ask. */
  readonly status: 'up' | 'down' | 'unknown'
  /** Since when it has this status; ms since the epoch. */
  readonly since: number
  /** When it last answered or failed to; null: never. ms since the epoch. */
  readonly checkedAt: number | null
  /** Of the last failure: an error code such as `ECONNREFUSED`, or a class of errors. Its text is in the log. */
  readonly detail?: string
}

export interface Part {
  /** It answered. */
  succeeded(): void
  failed(error: unknown): void
  view(): PartHealth
  /** Asks it where that is due. To be called about every second. Never rejects. */
  beat(): Promise<void>
}

export interface PartPlan {
  /** As the log says it: `the store of sessions`. */
  readonly name: string
  readonly clock: Clock
  readonly logger: Logger
  /** A cheap question; null: there is nothing to ask yet. Absent: it is used all the time. */
  readonly probe?: () => Promise<unknown> | null
  /** A probe that hangs longer has failed. @default 5000 */
  readonly timeoutMs?: number
}

/** While it is down it is asked so often, so that health is right again without anybody's request. */
const RETRY_MS = 5_000
/** Nobody has used it for so long: what is known of it is too old. */
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
      // A warning, though it is good news: whoever saw the error has to see its end.
      if (turn('up') && wasDown) logger.warn({}, `${name} answers again`)
    },
    failed(error) {
      // It answered, with a refusal of its own.
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
      // Nobody can tell, and a platform that is taken out of service for it would never hear.
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
