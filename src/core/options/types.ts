import type { KeyPair } from '../access/keys.ts'
import type { ModulesOptions } from '../pages/modules.ts'
import type { PagesOptions } from '../pages/options.ts'
import type { ViewsOptions } from '../pages/render.ts'
import type { AnyPlugin } from '../plugins/define.ts'
import type {
  BrokerAdapter,
  Bus,
  Clock,
  DeviceStore,
  Logger,
  RateLimit,
  RateLimitStore,
  Role,
  SessionStore,
  SharedStore,
  UserStore,
} from '../ports/index.ts'

/** What a host may call unsafe and still wants. Each is one word, so that a review finds it. */
export const INSECURE = [
  'http',
  'mqtt',
  'anonymous',
  'plain-passwords',
  'shared-account',
  'late-revocation',
  'memory-stores',
  'legacy-accounts',
] as const

/** Everything is optional in development. In production, whatever is missing or unsafe is one start-up error. */
export interface DjiCloudOptions<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[]> {
  /** In production whatever is missing or unsafe stops the start. @default 'production' with NODE_ENV=production, otherwise 'development' */
  readonly environment?: 'development' | 'production' | undefined
  /**
   * Signs tokens and MQTT passwords; at least 32 characters, the same on every node. With several, the first signs and
   * all verify: put a new one in front to rotate.
   * @default DJI_CLOUD_SECRET (several: separated by commas); in development a new one at each start
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * RSA (2048 bits or more) or EC (P-256) keys instead of a secret: brokers then check MQTT passwords with the public
   * keys of `{mount}/.well-known/jwks.json`. The first private key signs, all verify.
   */
  readonly keys?: readonly KeyPair[] | undefined
  /** What pilots type, without `/pilot`: `https://cloud.example.com/drones`. @default DJI_CLOUD_PUBLIC_URL, or the request's own address */
  readonly publicUrl?: string | undefined
  /** The "Cloud API" app of developer.dji.com, copied unchanged. @default DJI_APP_ID, DJI_APP_KEY, DJI_APP_LICENSE */
  readonly license?:
    | {
        /** Digits, as a string: as a number it has been seen to be refused (facts B2). */
        readonly appId: string
        /** The app's key, a text of letters and digits. */
        readonly appKey: string
        /** The app's licence, base64 and long. */
        readonly appLicense: string
      }
    | undefined
  /** Title bar of Pilot's web view. @default 'DJI Cloud' */
  readonly platformName?: string | undefined
  /** Of accounts that name none. @default a made-up one, in development */
  readonly workspace?: WorkspaceOption | undefined
  /** A store, or a fixed list. @default DJI_CLOUD_DEV_USER, or one user `pilot` with a generated password, in development */
  readonly users?: UserStore | readonly AccountOption[] | undefined
  /** Where sessions are kept: `redisSessions`, `sqlSessions` or one of your own. @default in memory: a restart logs everybody out */
  readonly sessions?: SessionStore | undefined
  /** Which workspace holds which serial number, and what was last known of it. @default in memory */
  readonly devices?: DeviceStore | undefined
  /** The MQTT broker: `embeddedBroker({...})`, `mosquittoBroker`, `emqxBroker`, `rabbitmqBroker`, `sharedAccountBroker`. @default the embedded broker */
  readonly broker?: BrokerAdapter | undefined
  /** The address of the broker for controllers, and where the embedded one listens. */
  readonly mqtt?:
    | {
        /** The address given to controllers. @default DJI_CLOUD_MQTT_URL, or tcp:// on the name of the page */
        readonly url?: string | undefined
        /** The address that the embedded broker listens at, also one made with `embeddedBroker({...})` that names none. @default all interfaces */
        readonly host?: string | undefined
        /** The port that it listens at, without encryption; 0: any free one. @default 1883; in development any free one when that is taken */
        readonly port?: number | undefined
        /**
         * Lets anybody connect to the embedded broker, without a password or with one that is not of our making. Unsafe.
         * @default false
         */
        readonly anonymous?: boolean | undefined
        /**
         * Static accounts of old controllers, beside those with credentials of their own, until the last one has moved:
         * docs/migrating.md. Unsafe. @default []
         */
        readonly legacyAccounts?: readonly LegacyAccountOption[] | undefined
      }
    | undefined
  /** When a controller counts as offline. */
  readonly presence?:
    | {
        /** Seconds that a lost connection may stay lost, also one that was at a node which stops while others carry on. @default 5 */
        readonly graceSeconds?: number | undefined
        /** Seconds that a device may say nothing; Pilot reports every 2. @default 60 */
        readonly silenceSeconds?: number | undefined
      }
    | undefined
  /** How much one workspace or one user may take up. */
  readonly limits?:
    | {
        /** How many controllers and aircraft, online or not, a workspace may hold. @default 1000 */
        readonly devicesPerWorkspace?: number | undefined
        /**
         * How many of them one user may have claimed: who uses a serial number first has claimed it. @default half of them, and 20
         * at least, so that no user takes the room of all others
         */
        readonly devicesPerUser?: number | undefined
        /**
         * Sessions of one user beside those that a controller or WebSocket uses at the moment. Above it, logging in ends the one
         * whose token is the oldest (`session.ended`, `limit`). @default 1000
         */
        readonly sessionsPerUser?: number | undefined
      }
    | undefined
  /** How often positions are pushed. */
  readonly telemetry?:
    | {
        /** Milliseconds between two pushes of one device to WebSockets. @default 500 */
        readonly intervalMs?: number | undefined
      }
    | undefined
  /** Joins several nodes of one app: each shows the devices of all. @default none: this node is alone */
  readonly bus?: Bus | undefined
  /** Modules of Pilot beside `api`, `thing`, `ws` and `tsa`. @default none */
  readonly modules?: ModulesOptions | undefined
  /** How the pages look and speak. */
  readonly pages?: PagesOptions | undefined
  /** Templates of the pages: more locals, some sources by name, or a render function. @default the bundled ones */
  readonly views?: ViewsOptions | undefined
  /** How long tokens and sessions live. */
  readonly tokens?:
    | {
        /** Seconds that an access token is valid. @default 43200 (12 hours) */
        readonly accessTtlSeconds?: number | undefined
        /** Seconds that an expired token can still be refreshed. @default 604800 (7 days) */
        readonly refreshWindowSeconds?: number | undefined
        /** Seconds that a replaced token still works, for requests in flight and refreshes at once. @default 30 */
        readonly refreshGraceSeconds?: number | undefined
        /** Seconds from login to the end that no refresh moves. @default 2592000 (30 days) */
        readonly sessionTtlSeconds?: number | undefined
      }
    | undefined
  /** What plugins share for a while among nodes: one-time codes, leases. @default in memory; `redisShared` for several nodes */
  readonly shared?: SharedStore | undefined
  /** How many failed logins are too many. False: no limit, for hosts that have one of their own in front. */
  readonly loginRateLimit?: false | LoginRateLimitOptions | undefined
  /** Of the HTTP API. */
  readonly http?:
    | {
        /** Largest body that is read, in bytes. @default 102400 */
        readonly bodyLimit?: number | undefined
        /** Other front ends that may call the API: a list of origins, such as `https://app.example.com`, or more of it. @default none */
        readonly cors?: readonly string[] | CorsOptions | undefined
      }
    | undefined
  /** Where warnings and errors go, in pino's shape (object, then text); false for silence. @default warnings and errors on stderr, at most 3 of one kind and 30 in all in 10 s, with a count of the rest */
  readonly logger?: Logger | false | undefined
  /** What time it is, for tests. @default the system's */
  readonly clock?: Clock | undefined
  /** More abilities, bundled or your own: `plugins: [flightLog()]`. What each offers is at `cloud.plugins`. @default none */
  readonly plugins?: Plugins | undefined
  /**
   * A controller on the screen at `{mount}/pilot/simulator`. In development it answers this machine (without a `publicUrl`),
   * and others with an access token; in production everybody needs one. @default on in development, off in production
   */
  readonly simulator?: boolean | undefined
  /** Pages record what they and Pilot say to each other, without secrets, and offer the trace. @default false */
  readonly recorder?: boolean | undefined
  /**
   * What is unsafe and wanted in production all the same: `http` (a plain `publicUrl`), `mqtt` (a plain `mqtt.url`),
   * `anonymous` (`mqtt.anonymous`), `plain-passwords` (accounts with `password`), `shared-account` (a broker with one
   * account for all), `late-revocation` (a broker at which a logout does not close the connection of its controller), `memory-stores` (memory stores in a cluster worker that is the only one), `legacy-accounts`
   * (`mqtt.legacyAccounts`). @default []
   */
  readonly insecure?: readonly (typeof INSECURE)[number][] | undefined
}

/** Which front ends on other origins may call the API, and with which headers. */
export interface CorsOptions {
  /** Such as `https://app.example.com`; never `*`. */
  readonly origins: readonly string[]
  /**
   * Headers that their requests may carry, such as `traceparent` or `x-request-id`; never `*`.
   * @default none beside `authorization`, `content-type`, `x-auth-token` and `x-dji-cloud-status`
   */
  readonly allowedHeaders?: readonly string[] | undefined
  /** Headers of answers that they may read, such as those that a layer of the host's adds; never `*`. @default none beside `retry-after` */
  readonly exposedHeaders?: readonly string[] | undefined
}

/** Failed logins, and how many passwords are looked at. Above a limit the answer is 429 or 503, with Retry-After. */
export interface LoginRateLimitOptions {
  /** Where failed logins are counted: `redisRateLimitStore` counts for all nodes together. @default in memory */
  readonly store?: RateLimitStore | undefined
  /** For one account from one address (of IPv6: one /56). @default { attempts: 10, windowSeconds: 900 } */
  readonly perAccountAndAddress?: RateLimit | undefined
  /** For all accounts from one address. @default { attempts: 100, windowSeconds: 900 } */
  readonly perAddress?: RateLimit | undefined
  /** For one account from anywhere. @default { attempts: 100, windowSeconds: 3600 } */
  readonly perAccount?: RateLimit | undefined
  /**
   * Passwords that are looked at at once: that is slow on purpose, and Node does it on four threads. Addresses take turns, and
   * who has logged in from there before does not wait for strangers. More of it for users in a service elsewhere. @default 3
   */
  readonly concurrency?: number | undefined
  /** Logins that may wait for that, in all; above it, 503. @default 200 */
  readonly queueLimit?: number | undefined
  /** Logins of one address (of IPv6: one /56) that may wait; above it, 429. @default 20 */
  readonly queueLimitPerAddress?: number | undefined
}

/** A workspace: who is in it sees its devices, and nobody else does. */
export interface WorkspaceOption {
  /** A UUID. */
  readonly id: string
  /** Shown on Pilot's cloud tile. */
  readonly name: string
  /** Shown below the name. @default '' */
  readonly description?: string | undefined
}

/** An MQTT account that many controllers share. Each of them speaks for itself and its aircraft only, in this workspace. */
export interface LegacyAccountOption {
  /** As it is stored in the old controllers. */
  readonly username: string
  /** As it is stored in the old controllers. */
  readonly password: string
  /** The id of the workspace that its controllers belong to, a UUID. */
  readonly workspace: string
  /** Serial numbers of the only controllers that may use it; Mosquitto needs them. @default any that no other workspace holds */
  readonly gateways?: readonly string[] | undefined
}

/** An account of the option `users`, where it is a fixed list. */
export interface AccountOption {
  /** What tokens and events name. @default the user name */
  readonly id?: string | undefined
  /** What is typed at the login. */
  readonly username: string
  /** For development; elsewhere `passwordHash`. */
  readonly password?: string | undefined
  /** A PHC string made by `hashPassword()`. */
  readonly passwordHash?: string | undefined
  /** `pilot` logs in at controllers, `web` in browsers. @default 'pilot' */
  readonly role?: Role | undefined
  /** Whose devices the account sees. @default the option `workspace` */
  readonly workspace?: WorkspaceOption | undefined
}
