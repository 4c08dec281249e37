import type { MqttCredentials } from '../core/pages/page-data.ts'
import { CALLBACKS } from './callbacks.ts'

/** Parameters of platformLoadComponent (facts B7). Each value is the object; the client turns it into JSON text. */
export const apiParams = (host: string, token: string) => ({ host, token })

/**
 * Parameters of the module `thing`: the MQTT credentials, and the callback that tells the state of the link.
 */
export const thingParams = (credentials: MqttCredentials, connectCallback: string = CALLBACKS.thing) => ({
  host: credentials.host,
  username: credentials.username,
  password: credentials.password,
  connectCallback,
})

/**
 * Parameters of the module `ws`: its address, the access token, and the callback that tells the state of the link.
 */
export const wsParams = (host: string, token: string, connectCallback: string = CALLBACKS.ws) => ({
  host,
  token,
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

/** Parameters of the module `liveshare`. */
export const liveshareParams = (
  videoPublishType: VideoPublishType,
  statusCallback: string = CALLBACKS.liveshare,
) => ({
  videoPublishType,
  statusCallback,
})

/** Parameters of the module `map`. */
export const mapParams = (userName: string, elementPreName: string) => ({ userName, elementPreName })

/** @param autoUploadPhotoType 0 original, 1 preview */
export const mediaParams = (
  autoUploadPhoto: boolean,
  autoUploadPhotoType: 0 | 1,
  autoUploadVideo: boolean,
) => ({
  autoUploadPhoto,
  autoUploadPhotoType,
  autoUploadVideo,
})

/**
 * Parameters of the module `mop`: its address, the access token, and the callback that tells the state of the link.
 */
export const mopParams = (host: string, token: string, connectCallback: string = CALLBACKS.mop) => ({
  host,
  token,
  connectCallback,
})

/** `tsa` and `mission` have no parameters, but Pilot needs the text "{}". */
export const noParams = () => ({})
