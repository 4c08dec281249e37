import { isDjiCloudError } from '../errors.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { SessionStore } from '../ports/sessions.ts'
import type { RateLimitStore } from '../ports/throttle.ts'
import type { UserStore } from '../ports/users.ts'
import { isThenable, withinTime } from '../promises.ts'
import type { CloudHealth, PartHealth } from './report.ts'

interface Stores {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly devices: DeviceStore
  readonly rateLimitStore: RateLimitStore
}

export interface Vitals {
  /** Wrapped stores. Use them in place of the stores, so that every call shows their health. */
  readonly stores: Stores
  readonly bus: Bus | undefined
  parts(): Pick<CloudHealth, 'stores' | 'bus'>
  /** Call it about every second. */
  beat(): Promise<void>
}

/** An id that no user has, so that a probe costs one look-up and finds nothing. */
const NOBODY = 'HEALTH0000'
const PROBE_LIMIT = { attempts: 1, windowSeconds: 1 }

/**
 * The health of stores and bus, as seen when they are used. `health()` itself sends no question. If a part was down, or
 * was not used for half a minute, the platform's timer sends it one cheap question.
 */
export function createVitals(
  given: Stores & { readonly bus: Bus | undefined },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Vitals {
  /** A user id from the store itself, for the probe: a host's store may accept only ids of a certain form. */
  let userId: string | null = null
  const counter = lazily(() => given.rateLimitStore.counter('health', PROBE_LIMIT))
  const about = { clock, logger }
  const parts = {
    users: createPart({
      ...about,
      name: 'The store of users',
      probe: () => (userId === null ? null : given.users.findById(userId)),
    }),
    sessions: createPart({
      ...about,
      name: 'The store of sessions',
      probe: () => given.sessions.get(NOBODY),
    }),
    devices: createPart({
      ...about,
      name: 'The store of devices',
      probe: () => given.devices.get(NOBODY),
    }),
    loginRateLimit: createPart({
      ...about,
      name: 'The store of failed logins',
      probe: () => counter().retryAfterMs(NOBODY),
    }),
  }
  // No probe is needed: every node sends a message every second.
  const bus = given.bus === undefined ? null : createPart({ ...about, name: 'The bus' })
  const users = observed(given.users, {
    ...parts.users,
    answered(_args, user) {
      if (typeof user === 'object' && user !== null) userId = String((user as { id?: unknown }).id)
    },
  })

  return {
    stores: {
      users,
      sessions: observed(given.sessions, parts.sessions),
      devices: observed(given.devices, parts.devices),
      rateLimitStore: observed(given.rateLimitStore, parts.loginRateLimit),
    },
    bus: given.bus === undefined || bus === null ? given.bus : observed(given.bus, bus),
    parts: () => ({
      stores: {
        users: parts.users.view(),
        sessions: parts.sessions.view(),
        devices: parts.devices.view(),
        loginRateLimit: parts.loginRateLimit.view(),
      },
      bus: bus?.view() ?? null,
    }),
    async beat() {
      await Promise.all(Object.values(parts).map((part) => part.beat()))
    },
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

type Watched = Pick<Part, 'succeeded' | 'failed'> & {
  /** Called with arguments and result of each call that succeeded. */
  readonly answered?: (args: readonly unknown[], answer: unknown) => void
}

/**
 * Wraps a store and notes the outcome of each call. Works for any methods and for instances of classes, because each
 * method is called on the store itself.
 */
export function observed<T extends object>(store: T, part: Watched): T {
  const wrapped = new Map<PropertyKey, unknown>()
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      // The result of `close` does not show whether the store answers.
      if (name === 'close') return value.bind(target)
      let watching = wrapped.get(name)
      if (watching === undefined) {
        watching = watch(value.bind(target), part)
        wrapped.set(name, watching)
      }
      return watching
    },
  })
}

const watch =
  (method: (...args: unknown[]) => unknown, part: Watched) =>
  (...args: unknown[]): unknown => {
    let answer: unknown
    try {
      answer = method(...args)
    } catch (error) {
      part.failed(error)
      throw error
    }
    if (isThenable(answer)) {
      // A query of a library may run again each time it is awaited, so await it only once, here.
      const promise = Promise.resolve(answer)
      promise.then((value: unknown) => {
        part.succeeded()
        part.answered?.(args, value)
      }, part.failed)
      return promise
    }
    // A store of counters returns counters, so wrap them too.
    if (typeof answer === 'object' && answer !== null) return observed(answer, part)
    return answer
  }

export interface Part {
  /** Call it when the part has answered. */
  succeeded(): void
  failed(error: unknown): void
  view(): PartHealth
  /** Sends the probe if it is due. Call it about every second. Never rejects. */
  beat(): Promise<void>
}

export interface PartPlan {
  /** Its name in the log: `The store of sessions`. */
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
      // This is logged as a warning too, so that readers of the earlier error also see that it is over.
      if (turn('up') && wasDown) logger.warn({}, `${name} answers again.`)
    },
    failed(error) {
      // The part answered, with an error of its own.
      if (isDjiCloudError(error) && error.code !== 'STORE_UNAVAILABLE') {
        part.succeeded()
        return
      }
      detail = detailOf(error)
      if (turn('down'))
        logger.error(
          { err: error },
          `${name} cannot be reached. Check that it runs, and that its address is right.`,
        )
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
