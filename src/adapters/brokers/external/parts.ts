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

/**
 * What one kind of broker does in its own way. `credentials` is required; everything else is optional. What is not stated is
 * not possible at this broker: the capabilities say so, `health()` names it, and production refuses what is unsafe.
 */
export interface ExternalBrokerParts {
  /** How the broker checks passwords. */
  readonly credentials: ExternalCredentials
  /**
   * Closes live connections. Use what the broker closes by: a user name, a client id, or a question of its own about `target`.
   * @returns how many were closed, as far as the broker says
   */
  kick?(known: KickedClients, target: KickTarget): Promise<number>
  /** False: when `kick` closes a connection, the broker does not publish its will. @default true */
  readonly willAfterKick?: boolean
  /**
   * `reported`: `receive`, or a question of the broker, calls `context.presence` whenever a client comes or goes. Without it the
   * platform concludes from messages and silence who is there.
   */
  readonly presence?: 'reported'
  /** The broker's list of connections, read regularly, to find clients that came or went without a message. */
  readonly connections?: {
    list(): Promise<readonly ExternalConnection[]>
    /** Milliseconds. @default 5000 */
    readonly everyMs?: number | undefined
  }
  /** Topics of the broker itself (such as `$SYS/...`) that this server listens to. */
  readonly topics?: readonly string[]
  /** A message of `topics`. What gateways say goes to the platform and never comes here. */
  receive?(topic: string, payload: Uint8Array, retained: boolean): void
  /** Puts the broker's settings right: at each connection of this server, before it counts as usable, and regularly after that. */
  readonly upkeep?: {
    /** A rejection at a connection closes it; the next one tries again. Later it is only logged. */
    run(host: BrokerHost): Promise<void>
    /** Milliseconds. @default 60000 */
    readonly everyMs?: number
  }
  /**
   * Called when the connection of this server has ended. Answers of the broker that are still expected will not come.
   */
  lost?(): void
  /** After the connection has ended for good: closes what `upkeep` or others have opened, such as a database of accounts. */
  close?(): Promise<void>
  /**
   * The highest quality of service that the broker accepts. Messages to gateways are sent with at most this one.
   * @default 2
   */
  readonly maxQos?: Qos
}

/** Whose connections are to be closed, as far as they are known: issued or let in by this process, or listed by the broker. */
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
  /** The broker's own form of a refusal: for a wrong secret, an unreadable body, or a failure. */
  readonly refusal: HookResponse
  /**
   * Answers by the name of the question: `connect` of the broker `vernemq` is asked at
   * `POST {mount}/mqtt/hooks/vernemq/connect`. `context.ask` has the decisions.
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
   * Makes the account, or leaves it alone when it is as it should be: the same credential is asked for at each login, and many
   * brokers close the connection of an account that changes.
   */
  put(request: AccountRequest): Promise<BrokerLogin>
  /** Replaces what a gateway may say and hear. Without it only the aircraft that are known when the account is made belong to it. */
  setAccess?(gateway: string, access: AccessList): Promise<void>
  /** The accounts that the platform has made, also before a restart, and nobody else's. Without it: those made by this process. */
  list?(): Promise<readonly AccountEntry[]>
  /** Deletes accounts; those that are gone already are no failure. Without it an account stays valid when its session has ended. */
  remove?(usernames: readonly string[]): Promise<void>
  /** True: the broker closes the connections of an account that is removed. @default false: they are kicked afterwards */
  readonly removeCloses?: boolean
  /** True: `upkeep` makes the accounts of `host.legacyAccounts`, each limited to its gateways. @default false */
  readonly legacyAccounts?: boolean
}

/** One account of a broker that keeps accounts of its own. */
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
   * Makes tokens worthless before they run out. Connections are kicked afterwards.
   * @param issued by this process, with their ends in milliseconds since the epoch
   */
  revoke?(target: KickTarget, issued: ReadonlyMap<string, number>): Promise<void>
}

/** One account for all controllers. **Unsafe**: each can speak and listen as every other one. Production asks for `insecure: ['shared-account']`. */
export interface SharedCredentials {
  readonly kind: 'shared'
  readonly login: BrokerLogin
}

/** A credential that the broker is to know. */
export interface AccountRequest extends CredentialRequest {
  readonly gateway: string
  /** What it may publish and subscribe to; everything else has to be denied. */
  readonly access: AccessList
}

/** A connection in the broker's list. */
export interface ExternalConnection {
  /** The broker's name for this connection. */
  readonly key: string
  readonly username: string
  /** The client id, if the broker lists it. */
  readonly clientId?: string | undefined
  readonly address?: string | undefined
}
