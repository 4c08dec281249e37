import { isUint8Array } from 'node:util/types'
import { z } from 'zod'
import { duration, logger, url } from '../../../core/options/pieces.ts'
import { DEFAULT_LIMITS } from './options.ts'
import { proxyProtocol } from './proxy-options.ts'

const port = z.int().min(0).max(65_535)

/** Text or bytes that hold what they should: a path to the file is the common slip. */
const pem = z.custom<string | Uint8Array>(
  (value) =>
    (typeof value === 'string' || isUint8Array(value)) &&
    Buffer.from(value as Uint8Array).includes('-----BEGIN'),
  { message: 'needs PEM, as text or bytes; read a file with readFileSync' },
)

const tls = z.strictObject({
  cert: pem,
  key: pem,
  port: port.exactOptional(),
  clientAuth: z.strictObject({ ca: pem }).exactOptional(),
})

/** Times in ms fit a timer of Node, and bytes fit a packet of MQTT. */
const MOST = { ms: 2 ** 31 - 1, packet: 268_435_455, other: Number.MAX_SAFE_INTEGER }

const mostOf = (name: string): number =>
  name.endsWith('Ms') ? MOST.ms : name === 'packetBytes' ? MOST.packet : MOST.other

const limits = z.strictObject(
  Object.fromEntries(
    Object.keys(DEFAULT_LIMITS).map((name) => [name, duration(mostOf(name)).exactOptional()]),
  ),
)

export const embeddedOptions = z.strictObject({
  host: z.string().min(1).exactOptional(),
  port: port.exactOptional(),
  tls: tls.exactOptional(),
  websocketPort: port.exactOptional(),
  proxyProtocol: proxyProtocol.exactOptional(),
  redis: url(['redis', 'rediss'], 'redis://redis.internal:6379').exactOptional(),
  portFallback: z.boolean().exactOptional(),
  limits: limits.exactOptional(),
  logger: logger.exactOptional(),
})
