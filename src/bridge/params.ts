import type { MqttCredentials } from '../core/pages/page-data.ts'
import { CALLBACKS } from './callbacks.ts'

/**
 * Parameters of the module `thing`: the MQTT credentials, and the callback that tells the state of the link.
 */
export const thingParams = (credentials: MqttCredentials, connectCallback: string = CALLBACKS.thing) => ({
  host: credentials.host,
  username: credentials.username,
  password: credentials.password,
  connectCallback,
})

/** Who starts a live stream: the platform, the pilot, or both. */
export type VideoPublishType = 'video-on-demand' | 'video-by-manual' | 'video-demand-aux-manual'

/** Video type of the JSBridge: 1 Agora, 2 RTMP, 3 RTSP, 4 GB28181. MQTT uses other numbers (facts B5). */
export type LiveType = keyof LiveConfigs

/** Parameters of liveshareSetConfig by video type (DJI's page "JSBridge", liveshare). */
export interface LiveConfigs {
  1: { readonly uid: string; readonly token: string; readonly channelId: string }
  2: { readonly url: string }
  3: { readonly userName: string; readonly password: string; readonly port: string }
  4: {
    readonly serverIp: string
    readonly serverPort: string
    readonly serverId: string
    readonly agentId: string
    readonly password: string
    readonly agentPort: string
    readonly agentChannel: string
  }
}

/** The bridge's number for RTMP. */
export const RTMP = 2

/** The address in an answer of `liveshareGetConfig`, where `params` is an object or its JSON text. Null: it is not for RTMP. */
export function rtmpUrl(config: Readonly<Record<string, unknown>> | null): string | null {
  if (config === null || Number(config.type) !== RTMP) return null
  const params: unknown = typeof config.params === 'string' ? parse(config.params) : config.params
  const url = typeof params === 'object' && params !== null ? (params as Record<string, unknown>).url : null
  return typeof url === 'string' ? url : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
