import { z } from 'zod'
import { duration, logger, url } from '../../../core/options/pieces.ts'
import type { Logger } from '../../../core/ports/logger.ts'

/** How this server reaches a broker that runs outside this process. */
export interface ExternalBrokerOptions {
  /** `mqtt://broker.internal:1883`, or `mqtts://`, `ws://`, `wss://`. */
  readonly url: string
  /** The account of this server. It needs the right to publish and subscribe to everything that gateways do. */
  readonly username: string
  /** The password of that account. It is never logged. */
  readonly password: string
  /** The address that controllers get, such as `ssl://mqtt.example.com:8883`. `mqtt.url` of the platform replaces it. @default `url` */
  readonly publicUrl?: string | undefined
  /** Certificate authority of the broker, PEM. @default the authorities that Node knows */
  readonly ca?: string | undefined
  /** MQTT version that this server speaks. @default 4, which is 3.1.1 */
  readonly protocolVersion?: 4 | 5 | undefined
  /** MQTT keep-alive: finds a broker that has disappeared. Seconds. @default 15 */
  readonly keepaliveSeconds?: number | undefined
  /**
   * How long `start` waits before it reports that the broker is down. The connection is tried again after that.
   * Milliseconds.
   * @default 5000
   */
  readonly startTimeoutMs?: number | undefined
  /** How long one command or message may take. Milliseconds. @default 10000 */
  readonly timeoutMs?: number | undefined
  /** @default the platform's logger */
  readonly logger?: Logger | undefined
}

const SCHEMES: Readonly<Record<string, string>> = {
  'mqtt:': 'tcp:',
  'tcp:': 'tcp:',
  'mqtts:': 'ssl:',
  'ssl:': 'ssl:',
  'tls:': 'ssl:',
  'ws:': 'ws:',
  'wss:': 'wss:',
}

/** With the schemes that Pilot knows: with others it does not connect (facts D1). */
export function controllerAddress({
  url,
  publicUrl,
}: Pick<ExternalBrokerOptions, 'url' | 'publicUrl'>): string {
  const parsed = new URL(publicUrl ?? url)
  parsed.username = ''
  parsed.password = ''
  return parsed.href.replace(parsed.protocol, SCHEMES[parsed.protocol] ?? parsed.protocol).replace(/\/$/, '')
}

const text = z.string().min(1)

/** The longest timer of Node, ms. A longer one would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1

const broker = url(['mqtt', 'mqtts', 'tcp', 'ssl', 'tls', 'ws', 'wss'], 'mqtts://broker.internal:8883')

/** The zod shape of `ExternalBrokerOptions`, for the schemas of brokers. */
export const external = {
  url: broker,
  username: text,
  password: text,
  publicUrl: broker.exactOptional(),
  ca: z
    .string()
    .includes('-----BEGIN', { message: 'needs a PEM text; read a file with readFileSync' })
    .exactOptional(),
  protocolVersion: z.union([z.literal(4), z.literal(5)]).exactOptional(),
  keepaliveSeconds: z.int().min(0).max(65_535).exactOptional(),
  startTimeoutMs: duration(LONGEST_TIMER).exactOptional(),
  timeoutMs: duration(LONGEST_TIMER).exactOptional(),
  logger: logger.exactOptional(),
}

/** Checks `RestOptions`. */
export const rest = z.strictObject({
  url: url(['http', 'https'], 'http://broker.internal:15672'),
  username: text,
  password: text,
  timeoutMs: duration(LONGEST_TIMER).exactOptional(),
})

/** With this secret anybody could ask the platform which passwords are right, so it must not be guessed. */
export const hookSecret = z.string().min(24, 'needs at least 24 characters (openssl rand -hex 24)')

/** The zod shape of `ExternalBrokerOptions`, to build a schema from. */
export type ExternalOptionsShape = typeof external

/** Options that were checked with `ExternalOptionsShape`. */
export type CheckedOptions = z.output<z.ZodObject<ExternalOptionsShape, z.core.$strict>>
