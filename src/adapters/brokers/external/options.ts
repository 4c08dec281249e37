import type { Logger } from '../../../core/ports/logger.ts'

/** How this server reaches a broker that runs elsewhere. */
export interface ExternalBrokerOptions {
  /** `mqtt://broker.internal:1883`, or `mqtts://`, `ws://`, `wss://`. */
  readonly url: string
  /** The account of this server, which may hear and say everything that gateways do. */
  readonly username: string
  /** The password of that account. It is never logged. */
  readonly password: string
  /** The address given to controllers, such as `ssl://mqtt.example.com:8883`. `mqtt.url` of the platform beats it. @default `url` */
  readonly publicUrl?: string | undefined
  /** Certificate authority of the broker, PEM, where the system's own do not know it. */
  readonly ca?: string | undefined
  /** MQTT version that this server speaks. @default 4, which is 3.1.1 */
  readonly protocolVersion?: 4 | 5 | undefined
  /** Finds a broker that went away without a word. Seconds. @default 15 */
  readonly keepaliveSeconds?: number | undefined
  /** How long `start` waits before it reports that the broker is down, and goes on trying. Milliseconds. @default 5000 */
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

/** As Pilot writes it: without a scheme that it knows, it does not connect (facts D1). */
export function controllerAddress({
  url,
  publicUrl,
}: Pick<ExternalBrokerOptions, 'url' | 'publicUrl'>): string {
  const parsed = new URL(publicUrl ?? url)
  parsed.username = ''
  parsed.password = ''
  return parsed.href.replace(parsed.protocol, SCHEMES[parsed.protocol] ?? parsed.protocol).replace(/\/$/, '')
}
