import type {
  AccessList,
  BrokerHost,
  BrokerLogin,
  CredentialRequest,
  HookFields,
  HookResponse,
  KickTarget,
  Qos,
} from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { BrokerQuestions } from './questions.ts'
import type { ExternalConnection, ReportedPresence } from './reported-presence.ts'
import type { Rest, RestTarget } from './rest.ts'

/**
 * What is special about one kind of broker. Only `credentials` is required. What is not stated counts as not possible: the
 * capabilities say so, `health()` names it, and production refuses what is unsafe.
 */
export interface ExternalBrokerParts {
  /** How the broker checks passwords. */
  readonly credentials: ExternalCredentials
  /**
   * Closes live connections, by user name, by client id, or by asking the broker about `target`.
   * @returns how many were closed, if the broker tells it
   */
  kick?(known: KickedClients, target: KickTarget): Promise<number>
  /** False: when `kick` closes a connection, the broker does not publish its will. @default true */
  readonly willAfterKick?: boolean
  /**
   * `reported`: `receive`, or the answer to a question of the broker, calls `context.presence` when a client connects or disconnects.
   * Without it the platform infers from messages and silence who is connected.
   */
  readonly presence?: 'reported'
  /** Reads the broker's list of connections regularly, to find clients that connected or disconnected without a message. */
  readonly connections?: {
    list(): Promise<readonly ExternalConnection[]>
    /** Milliseconds. @default 5000 */
    readonly everyMs?: number | undefined
  }
  /** Topics of the broker itself (such as `$SYS/...`) that this server listens to. */
  readonly topics?: readonly string[]
  /** Called for a message of `topics`. Messages of gateways go to the platform and never come here. */
  receive?(topic: string, payload: Uint8Array, retained: boolean): void
  /** Checks and corrects the broker's settings: at each connection of this server before it is used, and regularly after that. */
  readonly upkeep?: {
    /** When it rejects at a connection, that connection is closed and tried again. Later it is only logged. */
    run(host: BrokerHost): Promise<void>
    /** Milliseconds. @default 60000 */
    readonly everyMs?: number
  }
  /** Called when the connection of this server has ended. Answers that are still missing will not come. */
  lost?(): void
  /** Called after the last connection has ended: closes what the adapter has opened, such as a database of accounts. */
  close?(): Promise<void>
  /**
   * The highest quality of service that the broker accepts. Messages to gateways are sent with at most this one.
   * @default 2
   */
  readonly maxQos?: Qos
}

/**
 * The owners of the connections to close, as far as they are known: credentials that this process has issued or
 * accepted, or that the broker lists.
 */
export interface KickedClients {
  readonly usernames: readonly string[]
  /** Serial numbers: the client ids of gateways with credentials of their own. */
  readonly gateways: readonly string[]
}

/** The four ways in which a broker can check a password. */
export type ExternalCredentials = HookCredentials | AccountCredentials | TokenCredentials | SharedCredentials

/** The broker asks the platform over HTTP, for each connection and each topic. */
export interface HookCredentials {
  readonly kind: 'hooks'
  /** The broker sends it as a bearer token or as the password of basic authentication. At least 24 characters. */
  readonly secret: string
  /** A refusal in the form that the broker expects: for a wrong secret, an unreadable body, or a failure. */
  readonly refusal: HookResponse
  /**
   * Answers by the name of the question. The question `connect` of the broker `vernemq` arrives at
   * `POST {mount}/mqtt/hooks/vernemq/connect`. `context.ask` makes the decisions.
   */
  readonly questions: Readonly<Record<string, HookQuestion>>
}

/**
 * @param fields the texts, numbers and booleans of a form or a JSON object
 * @param body the JSON as it came, with its lists and objects; undefined for a form
 */
export type HookQuestion = (fields: HookFields, body: unknown) => Promise<HookResponse>

/** The platform creates an account at the broker for each credential. */
export interface AccountCredentials {
  readonly kind: 'accounts'
  /**
   * Creates the account, or leaves it unchanged when it is right already: each login asks for the same credential, and many
   * brokers close the connection of an account that changes.
   */
  put(request: AccountRequest): Promise<BrokerLogin>
  /** Replaces what a gateway may publish and subscribe to. Without it the aircraft that are known when the account is created stay the only ones. */
  setAccess?(gateway: string, access: AccessList): Promise<void>
  /**
   * Lists only the accounts that the platform has created, including those from before a restart.
   * @default those that this process has created
   */
  list?(): Promise<readonly AccountEntry[]>
  /** Deletes accounts. It must not fail for accounts that do not exist. Without it an account stays valid when its session has ended. */
  remove?(usernames: readonly string[]): Promise<void>
  /** True: the broker closes the connections of an account that is removed. @default false: they are kicked afterwards */
  readonly removeCloses?: boolean
  /** True: `upkeep` creates the accounts of `host.legacyAccounts`, each limited to its gateways. @default false */
  readonly legacyAccounts?: boolean
}

/** One account of a broker that keeps its own accounts. */
export interface AccountEntry {
  readonly username: string
  /** Milliseconds since the epoch, if the broker stores it. */
  readonly expiresAt?: number | null | undefined
}

/** The broker checks the password itself: a JWT that the platform signs (`mqttVerificationKey`, or the public keys of the option `keys`). */
export interface TokenCredentials {
  readonly kind: 'tokens'
  /** Further claims, such as the access list in the broker's own form. */
  claims?(request: AccountRequest): Readonly<Record<string, unknown>>
  /**
   * Makes tokens invalid before they expire. Their connections are kicked afterwards.
   * @param issued user names that this process has issued, and when they expire (milliseconds since the epoch)
   */
  revoke?(target: KickTarget, issued: ReadonlyMap<string, number>): Promise<void>
}

/** One account for all controllers. **Unsafe**: each controller can publish and subscribe as every other one. Production requires `insecure: ['shared-account']`. */
export interface SharedCredentials {
  readonly kind: 'shared'
  readonly login: BrokerLogin
}

/** A credential that the broker has to know. */
export interface AccountRequest extends CredentialRequest {
  readonly gateway: string
  /** What it may publish and subscribe to. The broker has to deny everything else. */
  readonly access: AccessList
}

/** What `setup` of a broker gets. */
export interface ExternalBrokerContext<Options> {
  /** The checked options. Options that are `undefined` are left out. */
  readonly options: Options
  readonly logger: Logger
  /** The decisions, for brokers that ask. */
  readonly ask: BrokerQuestions
  /** What a gateway and its aircraft may publish and subscribe to. */
  access(gateway: string, aircraft: Iterable<string>): AccessList
  /** For brokers that report who connects and disconnects. The order of calls is kept. */
  readonly presence: ReportedPresence
  /** A client of the broker's management interface. Errors name the path, never the account. */
  rest(target: RestTarget): Rest
  /** A message of this server to the broker itself, with QoS 1. Rejects with BROKER_UNAVAILABLE when it is down. */
  publish(topic: string, payload: string): Promise<void>
}
