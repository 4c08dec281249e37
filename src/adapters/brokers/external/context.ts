import type { z } from 'zod'
import type { AccessList } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { BrokerQuestions } from './questions.ts'
import type { ReportedPresence } from './reported-presence.ts'
import type { Rest, RestTarget } from './rest.ts'
import type { external } from './schema.ts'

/** What every broker elsewhere is made with (`ExternalBrokerOptions`), as a zod shape to build a schema from. */
export type ExternalOptionsShape = typeof external

/** Options that were checked with that shape. */
export type CheckedOptions = z.output<z.ZodObject<ExternalOptionsShape, z.core.$strict>>

/** What the parts of a broker are given. */
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
