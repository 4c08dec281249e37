import { z } from 'zod'
import { duration, logger, url } from '../../../core/options/pieces.ts'

const text = z.string().min(1)

/** The longest that a timer of Node can wait, ms: a longer one would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1

const broker = url(['mqtt', 'mqtts', 'tcp', 'ssl', 'tls', 'ws', 'wss'], 'mqtts://broker.internal:8883')

/** What `ExternalBrokerOptions` are, for the schemas of the brokers that have them. */
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

/** The broker's management interface. */
export const rest = z.strictObject({
  url: url(['http', 'https'], 'http://broker.internal:15672'),
  username: text,
  password: text,
  timeoutMs: duration(LONGEST_TIMER).exactOptional(),
})

/** Whoever guesses it can ask who may connect. */
export const hookSecret = z.string().min(24, 'needs at least 24 characters (openssl rand -hex 24)')
