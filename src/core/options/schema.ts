import { z } from 'zod'
import { readForeignHash } from '../access/foreign-hashes.ts'
import { type KeyPair, readKeyPair } from '../access/keys.ts'
import type { AnyPlugin } from '../plugins/define.ts'
import type {
  BrokerAdapter,
  Bus,
  Clock,
  DeviceStore,
  RateLimitStore,
  SessionStore,
  SharedStore,
  UserStore,
} from '../ports/index.ts'
import { corsSchema } from './cors-schema.ts'
import { legacyAccountsSchema } from './legacy-accounts.ts'
import { loginSchema } from './login-schema.ts'
import { modulesSchema } from './modules-schema.ts'
import { pagesSchema, viewsSchema } from './pages-schema.ts'
import { adapter, duration, logger, safeUrl, url, workspaceId } from './pieces.ts'
import { type DjiCloudOptions, INSECURE } from './types.ts'

const workspace = z.strictObject({
  id: workspaceId,
  name: z.string().min(1).max(256),
  description: z.string().max(1024).default(''),
})

const account = z.strictObject({
  id: z.string().min(1).exactOptional(),
  username: z.string().min(1).max(256),
  password: z.string().min(1).exactOptional(),
  passwordHash: z
    .string()
    .refine((hash) => hash.startsWith('$scrypt$') || readForeignHash(hash) !== null, {
      message: 'needs a PHC text made by hashPassword(), or a hash of bcrypt or argon2id',
    })
    .exactOptional(),
  role: z.enum(['pilot', 'web']).default('pilot'),
  workspace: workspace.exactOptional(),
})

const keyName = z.string().min(1).max(64).exactOptional()

function checkKeys(pairs: readonly KeyPair[], context: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const [index, pair] of pairs.entries()) {
    try {
      const { kid } = readKeyPair(pair)
      if (seen.has(kid)) {
        const message = 'has the kid of another key; give each key its own kid'
        context.addIssue({ code: 'custom', path: [index, 'kid'], message })
      }
      seen.add(kid)
    } catch (error) {
      // OpenSSL's message holds no key material, but it does not name the fix.
      const message =
        error instanceof TypeError && error.message.startsWith('needs')
          ? error.message
          : 'needs a PEM key: RSA of at least 2048 bits or EC on P-256'
      context.addIssue({ code: 'custom', path: [index], message })
    }
  }
  if (!pairs.some((pair) => 'privateKey' in pair))
    context.addIssue({ code: 'custom', message: 'needs at least one privateKey: the first one signs' })
}

const DAY = 86_400

const rateLimit = z.strictObject({
  attempts: z.number().int().min(1).max(100_000),
  windowSeconds: duration(DAY),
})

export const optionsSchema = z.strictObject({
  environment: z.enum(['development', 'production']),
  secret: z
    .union([z.string(), z.array(z.string()).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .refine((list) => list.every((secret) => secret.length >= 32), {
      message: 'needs at least 32 characters (openssl rand -base64 32)',
    })
    .optional(),
  keys: z
    .array(
      z.union([
        z.strictObject({ privateKey: z.string(), publicKey: z.string().exactOptional(), kid: keyName }),
        z.strictObject({ publicKey: z.string(), kid: keyName }),
      ]),
    )
    .min(1)
    .superRefine(checkKeys)
    .optional(),
  publicUrl: url(['https', 'http'], 'https://cloud.example.com/drones')
    .refine((value) => isPlain(value), { message: 'needs an address without ? and #' })
    .refine((value) => !/\/pilot(?:\/(?:login|home))?\/?$/.test(value), {
      message: 'is the address of a page; remove /pilot and the rest after it',
    })
    .optional(),
  license: z
    .strictObject({
      appId: z.string().regex(/^\d+$/, 'needs digits only, as a text'),
      appKey: z.string().min(1),
      appLicense: z.string().min(1),
    })
    .optional(),
  platformName: z.string().min(1).max(256).default('DJI Cloud'),
  workspace: workspace.optional(),
  users: z
    .union([
      z.literal(false),
      z.array(account).min(1),
      adapter<UserStore>('a user store', ['authenticate', 'findById']),
    ])
    .optional(),
  login: loginSchema.optional(),
  sessions: adapter<SessionStore>('a session store', [
    'create',
    'get',
    'rotate',
    'end',
    'list',
    'bindGateway',
  ]).optional(),
  devices: adapter<DeviceStore>('a device store', [
    'claim',
    'release',
    'holder',
    'get',
    'list',
    'update',
  ]).optional(),
  shared: adapter<SharedStore>('a shared store', ['put', 'putNew', 'get', 'take', 'remove']).optional(),
  broker: adapter<BrokerAdapter>('a broker adapter', [
    'start',
    'stop',
    'publish',
    'kick',
    'health',
    'address',
  ]).optional(),
  mqtt: z
    .strictObject({
      url: url(
        ['ssl', 'wss', 'tcp', 'ws'],
        'ssl://mqtt.example.com:8883',
        ' (Pilot writes tcp:// and ssl:// for mqtt:// and mqtts://)',
      ).optional(),
      host: z.string().min(1).optional(),
      port: z.number().int().min(0).max(65_535).optional(),
      anonymous: z.boolean().default(false),
      legacyAccounts: legacyAccountsSchema,
    })
    .prefault({}),
  presence: z
    .strictObject({
      graceSeconds: z.number().int().min(0).max(600).default(15),
      silenceSeconds: duration(DAY).default(60),
    })
    .prefault({}),
  limits: z
    .strictObject({
      devicesPerWorkspace: z.int().min(1).max(1_000_000).default(1_000),
      devicesPerUser: z.int().min(1).max(1_000_000).exactOptional(),
      sessionsPerUser: z.int().min(1).max(1_000_000).default(1_000),
    })
    .prefault({}),
  telemetry: z.strictObject({ intervalMs: z.number().int().min(50).max(60_000).default(500) }).prefault({}),
  bus: adapter<Bus>('a bus', ['publish', 'subscribe']).optional(),
  modules: modulesSchema().prefault({}),
  pages: pagesSchema,
  views: viewsSchema.optional(),
  tokens: z
    .strictObject({
      accessTtlSeconds: duration(7 * DAY).default(DAY / 2),
      refreshWindowSeconds: duration(30 * DAY).default(7 * DAY),
      refreshGraceSeconds: duration(300).default(30),
      sessionTtlSeconds: duration(365 * DAY).default(30 * DAY),
    })
    .prefault({}),
  loginRateLimit: z
    .union([
      z.literal(false),
      z.strictObject({
        store: adapter<RateLimitStore>('a rate limit store', ['counter']).exactOptional(),
        perAccountAndAddress: rateLimit.exactOptional(),
        perAddress: rateLimit.exactOptional(),
        perAccount: rateLimit.exactOptional(),
        perChallenge: rateLimit.exactOptional(),
        perAccountSecondStep: rateLimit.exactOptional(),
        concurrency: z.int().min(1).max(1024).exactOptional(),
        queueLimit: z.int().min(1).max(100_000).exactOptional(),
        queueLimitPerAddress: z.int().min(1).max(100_000).exactOptional(),
        queueLimitPerAccount: z.int().min(1).max(100_000).exactOptional(),
      }),
    ])
    .prefault({}),
  http: z
    .strictObject({
      cors: corsSchema,
      bodyLimit: z.number().int().min(1024).max(10_485_760).default(102_400),
    })
    .prefault({}),
  logger: z.union([z.literal(false), logger]).optional(),
  clock: adapter<Clock>('a clock', ['now']).optional(),
  plugins: z
    .array(
      z.custom<AnyPlugin>(
        (value) =>
          typeof value === 'object' && value !== null && typeof (value as AnyPlugin).setup === 'function',
        {
          message: 'needs a plugin (what definePlugin returns; a factory such as waylines has to be called)',
        },
      ),
    )
    .default([]),
  simulator: z.boolean().optional(),
  recorder: z.boolean().default(false),
  insecure: z.array(z.enum(INSECURE)).default([]),
})

/** Compiles only if `DjiCloudOptions` and the schema have the same names. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
const _sameNames: Same<keyof DjiCloudOptions, keyof z.input<typeof optionsSchema>> = true
void _sameNames

/** The options that core works with: defaults filled in, environment merged. */
export type ParsedOptions = z.output<typeof optionsSchema>

/** Also true for a text that is not an address: another check reports that, and one fault is enough. */
function isPlain(value: string): boolean {
  const parsed = safeUrl(value)
  return parsed === null || (parsed.search === '' && parsed.hash === '')
}
