import { randomUUID } from 'node:crypto'
import type { KeyRing } from './access/keys.ts'
import { createLoginQueue, DEFAULT_QUEUE, type LoginQueue } from './access/login-queue.ts'
import { createLoginThrottle, DEFAULT_LIMITS, type LoginThrottle } from './access/login-throttle.ts'
import { createSealer } from './access/sealed.ts'
import { createSecondStep, DEFAULT_SECOND_STEP, type SecondStep } from './access/second-step.ts'
import { createSessionService, type SessionService, type SessionServiceParts } from './access/sessions.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { Logger, RateLimitStore, SessionStore, UserStore } from './ports/index.ts'
import { hostLogin } from './sign-in/host-login.ts'
import { createSignIn, type SignIn } from './sign-in/sign-in.ts'

export interface LoginParts
  extends Pick<SessionServiceParts, 'tokens' | 'clock' | 'emit' | 'inUse' | 'sessionEnd'> {
  readonly options: ParsedOptions
  readonly users: UserStore
  readonly sessionStore: SessionStore
  readonly rateLimitStore: RateLimitStore
  readonly logger: Logger
  readonly keys: Pick<KeyRing, 'derive'>
}

/** The half of the platform that logs users in. */
export interface Logins {
  /** Logins beside the password. */
  readonly signIn: SignIn
  readonly sessions: SessionService
  /** Null if the option `loginRateLimit` is false, like the queue and the second step. */
  readonly throttle: LoginThrottle | null
  readonly queue: LoginQueue | null
  readonly secondStep: SecondStep | null
}

const ms = (seconds: number): number => seconds * 1000

export function createLogins(parts: LoginParts): Logins {
  const { options, users, logger, tokens, clock, emit, inUse, sessionEnd } = parts
  const { workspace, publicUrl, login, limits } = options
  const signIn = createSignIn({ users, workspace, publicUrl, logger })
  if (login !== undefined) signIn.add([hostLogin(login, options.platformName)])
  const sessions = createSessionService({
    ...{ tokens, clock, emit, inUse, sessionEnd },
    store: parts.sessionStore,
    findUser: signIn.findUser,
    rules: {
      accessTtlMs: ms(options.tokens.accessTtlSeconds),
      refreshWindowMs: ms(options.tokens.refreshWindowSeconds),
      refreshGraceMs: ms(options.tokens.refreshGraceSeconds),
      sessionTtlMs: ms(options.tokens.sessionTtlSeconds),
      sessionsPerUser: limits.sessionsPerUser,
    },
    randomId: randomUUID,
  })
  return { signIn, sessions, ...createLimits(parts) }
}

function createLimits({
  options,
  rateLimitStore,
  clock,
  keys,
}: LoginParts): Pick<Logins, 'throttle' | 'queue' | 'secondStep'> {
  const { loginRateLimit } = options
  if (loginRateLimit === false) return { throttle: null, queue: null, secondStep: null }
  return {
    throttle: createLoginThrottle(rateLimitStore, { ...DEFAULT_LIMITS, ...loginRateLimit }),
    queue: createLoginQueue({ ...DEFAULT_QUEUE, ...loginRateLimit }, clock),
    secondStep: createSecondStep({
      ...{ clock, randomId: randomUUID },
      store: rateLimitStore,
      limits: { ...DEFAULT_SECOND_STEP, ...loginRateLimit },
      sealer: createSealer(keys.derive('login-challenge')),
    }),
  }
}
