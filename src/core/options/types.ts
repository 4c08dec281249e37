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
  Role,
  SessionStore,
  SharedStore,
  UserStore,
} from '../ports/index.ts'
import type { LoginOption, LoginRateLimitOptions } from './login-types.ts'

/** Unsafe choices that a host can allow in production. Each is one word, so that a review finds it. */
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

/** Everything is optional in development. In production, one start-up error lists all options that are missing or unsafe. */
export interface DjiCloudOptions<
  Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[],
  NativeRequest = unknown,
> {
  /** In production, missing or unsafe options stop the start. @default 'production' with NODE_ENV=production, otherwise 'development' */
  readonly environment?: 'development' | 'production' | undefined
  /**
   * Signs tokens and MQTT passwords; at least 32 characters, the same on every node. With several secrets, the first
   * one signs, and all of them verify. To rotate, put a new secret in front.
   * @default DJI_CLOUD_SECRET (several: separated by commas); in development a new one at each start
   */
  readonly secret?: string | readonly string[] | undefined
  /**
   * RSA (2048 bits or more) or EC (P-256) keys instead of a secret: brokers then check MQTT passwords with the public
   * keys of `{mount}/.well-known/jwks.json`. The first private key signs, all verify.
   */
  readonly keys?: readonly KeyPair[] | undefined
  /** The address that pilots type, without `/pilot`: `https://cloud.example.com/drones`. @default DJI_CLOUD_PUBLIC_URL, or the address of each request */
  readonly publicUrl?: string | undefined
  /** The "Cloud API" app of developer.dji.com, copied unchanged. @default DJI_APP_ID, DJI_APP_KEY, DJI_APP_LICENSE */
  readonly license?:
    | {
        /** Digits, as a string: Pilot was seen to refuse a number (facts B2). */
        readonly appId: string
        /** The app's key, a text of letters and digits. */
        readonly appKey: string
        /** The app's licence, base64 and long. */
        readonly appLicense: string
      }
    | undefined
  /** Title bar of Pilot's web view. @default 'DJI Cloud' */
  readonly platformName?: string | undefined
  /** Workspace of accounts that have none of their own. @default a generated one, in development */
  readonly workspace?: WorkspaceOption | undefined
  /**
   * A user store, or a fixed list of accounts. False: nobody logs in with a password of this platform; the option `login` or a
   * plugin does it. @default DJI_CLOUD_DEV_USER, or one user `pilot` with a generated password, in development; false with the option `login`
   */
  readonly users?: UserStore | readonly AccountOption[] | false | undefined
  /** The login that your app already has. The login page then shows "Continue as ..." or "Log in with ...". @default none */
  readonly login?: LoginOption<NativeRequest> | undefined
  /** Where sessions are kept: `redisSessions`, `sqlSessions` or your own store. @default in memory: a restart logs everybody out */
  readonly sessions?: SessionStore | undefined
  /** Which workspace owns which serial number, and the last known state of each device. @default in memory */
  readonly devices?: DeviceStore | undefined
  /** The MQTT broker: `embeddedBroker({...})`, `mosquittoBroker`, `emqxBroker`, `rabbitmqBroker`, `sharedAccountBroker`. @default the embedded broker */
  readonly broker?: BrokerAdapter | undefined
  /** The address of the broker for controllers, and where the embedded one listens. */
  readonly mqtt?:
    | {
        /** The address given to controllers. @default DJI_CLOUD_MQTT_URL, or tcp:// on the name of the page */
        readonly url?: string | undefined
        /** The address that the embedded broker listens at. Used unless `embeddedBroker({...})` names its own. @default all interfaces */
        readonly host?: string | undefined
        /** The port that it listens at, without encryption; 0: any free port. @default 1883; in development any free port if 1883 is taken */
        readonly port?: number | undefined
        /**
         * Lets anybody connect to the embedded broker, without a password or with any password. Unsafe.
         * @default false
         */
        readonly anonymous?: boolean | undefined
        /**
         * Static accounts for old controllers, until all controllers have their own credentials: docs/migrating.md.
         * Unsafe. @default []
         */
        readonly legacyAccounts?: readonly LegacyAccountOption[] | undefined
      }
    | undefined
  /** When a controller counts as offline. */
  readonly presence?:
    | {
        /**
         * Seconds that a controller has to reconnect before it counts as offline. This also applies if its node stops
         * or is killed and other nodes continue. @default 15
         */
        readonly graceSeconds?: number | undefined
        /** Seconds without a message after which a device counts as offline. Pilot reports every 2 seconds. @default 60 */
        readonly silenceSeconds?: number | undefined
      }
    | undefined
  /** Limits for one workspace or one user. */
  readonly limits?:
    | {
        /** How many controllers and aircraft, online or offline, a workspace may have. @default 1000 */
        readonly devicesPerWorkspace?: number | undefined
        /**
         * How many of them one user may claim. The first user of a serial number claims it. @default half of
         * devicesPerWorkspace, at least 20, so that one user cannot use up the workspace's limit
         */
        readonly devicesPerUser?: number | undefined
        /**
         * Sessions of one user, not counting those that a controller or WebSocket uses at the moment. Above the limit, a login
         * ends the session with the oldest token (`session.ended`, reason `limit`). @default 1000
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
  /**
   * Connects several nodes of one app, so that each node shows the devices of all nodes. @default none: a single node
   */
  readonly bus?: Bus | undefined
  /** Modules of Pilot in addition to `api`, `thing`, `ws` and `tsa`. @default none */
  readonly modules?: ModulesOptions | undefined
  /** Colours, logo, languages and texts of the pages. */
  readonly pages?: PagesOptions | undefined
  /** Templates of the pages: extra locals, your own templates by name, or a render function. @default the bundled templates */
  readonly views?: ViewsOptions | undefined
  /** How long tokens and sessions live. */
  readonly tokens?:
    | {
        /** Seconds that an access token is valid. @default 43200 (12 hours) */
        readonly accessTtlSeconds?: number | undefined
        /** Seconds that an expired token can still be refreshed. @default 604800 (7 days) */
        readonly refreshWindowSeconds?: number | undefined
        /** Seconds that a replaced token still works, for requests under way and for simultaneous refreshes. @default 30 */
        readonly refreshGraceSeconds?: number | undefined
        /** Seconds from login to the end of the session. A refresh does not move it. @default 2592000 (30 days) */
        readonly sessionTtlSeconds?: number | undefined
      }
    | undefined
  /** Store for short-lived values that plugins share among nodes: one-time codes, leases. @default in memory; `redisShared` for several nodes */
  readonly shared?: SharedStore | undefined
  /** Limits of failed logins. False: no limit, for hosts that limit logins themselves. */
  readonly loginRateLimit?: false | LoginRateLimitOptions | undefined
  /** Settings of the HTTP API. */
  readonly http?:
    | {
        /** Largest body that is read, in bytes. @default 102400 */
        readonly bodyLimit?: number | undefined
        /** Other front ends that may call the API: a list of origins such as `https://app.example.com`, or an object with headers too. @default none */
        readonly cors?: readonly string[] | CorsOptions | undefined
      }
    | undefined
  /** Logger for warnings and errors, called like pino (object, then text); false: no log, and no start-up lines. @default warnings and errors to stderr, in 10 s at most 3 of one kind and 30 in total, then a count of the rest */
  readonly logger?: Logger | false | undefined
  /** The time, for tests. @default the system's clock */
  readonly clock?: Clock | undefined
  /** Plugins, bundled or your own: `plugins: [flightLog()]`. Their APIs are at `cloud.plugins`. @default none */
  readonly plugins?: Plugins | undefined
  /**
   * A simulated controller at `{mount}/pilot/simulator`. In development without a `publicUrl`, requests from this machine need no
   * access token; all others do. In production every request needs one. @default on in development, off in production
   */
  readonly simulator?: boolean | undefined
  /** The pages record their calls to Pilot and its answers, without secrets, and offer the trace for download. @default false */
  readonly recorder?: boolean | undefined
  /**
   * Unsafe choices that you allow in production: `http` (a plain `publicUrl`), `mqtt` (a plain `mqtt.url`),
   * `anonymous` (`mqtt.anonymous`), `plain-passwords` (accounts with `password`), `shared-account` (a broker with one
   * account for all), `late-revocation` (a broker at which a logout does not close the connection of its controller), `memory-stores` (memory stores in a cluster worker or worker thread that is the only one), `legacy-accounts`
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
   * @default none; `authorization`, `content-type`, `x-auth-token` and `x-dji-cloud-status` are always allowed
   */
  readonly allowedHeaders?: readonly string[] | undefined
  /** Response headers that they may read, such as those that the host's middleware adds; never `*`. @default none; `retry-after` is always visible */
  readonly exposedHeaders?: readonly string[] | undefined
}

/** A workspace. Its members see its devices; members of other workspaces do not. */
export interface WorkspaceOption {
  /** A UUID. */
  readonly id: string
  /** Shown on Pilot's cloud tile. */
  readonly name: string
  /** Shown below the name. @default '' */
  readonly description?: string | undefined
}

/** An MQTT account that many controllers share. Each may publish for itself and its aircraft only, in this workspace. */
export interface LegacyAccountOption {
  /** As it is stored in the old controllers. */
  readonly username: string
  /** As it is stored in the old controllers. */
  readonly password: string
  /** The id of the workspace that its controllers belong to, a UUID. */
  readonly workspace: string
  /**
   * Serial numbers of the only controllers that may use it; Mosquitto needs them. @default every controller that no
   * other workspace owns
   */
  readonly gateways?: readonly string[] | undefined
}

/** An account in the option `users`, if that is a fixed list. */
export interface AccountOption {
  /** The id in tokens and events. @default the user name */
  readonly id?: string | undefined
  /** The name that the user types at the login. */
  readonly username: string
  /** For development only; in production give `passwordHash`. */
  readonly password?: string | undefined
  /** A PHC string made by `hashPassword()`. */
  readonly passwordHash?: string | undefined
  /** `pilot` logs in at controllers, `web` in browsers. @default 'pilot' */
  readonly role?: Role | undefined
  /** The workspace whose devices the account sees. @default the option `workspace` */
  readonly workspace?: WorkspaceOption | undefined
}
