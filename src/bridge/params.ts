import type { MqttCredentials } from '../core/pages/page-data.ts'
import { CALLBACKS } from './callbacks.ts'

/** Parameters of platformLoadComponent (facts B7). Each value is the object; the client turns it into JSON text. */
export const apiParams = (host: string, token: string) => ({ host, token })

export const thingParams = (credentials: MqttCredentials, connectCallback: string = CALLBACKS.thing) => ({
  host: credentials.host,
  username: credentials.username,
  password: credentials.password,
  connectCallback,
})

export const wsParams = (host: string, token: string, connectCallback: string = CALLBACKS.ws) => ({
  host,
  token,
  connectCallback,
})

export type VideoPublishType = 'video-on-demand' | 'video-by-manual' | 'video-demand-aux-manual'

export const liveshareParams = (
  videoPublishType: VideoPublishType,
  statusCallback: string = CALLBACKS.liveshare,
) => ({
  videoPublishType,
  statusCallback,
})

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

export const mopParams = (host: string, token: string, connectCallback: string = CALLBACKS.mop) => ({
  host,
  token,
  connectCallback,
})

/** `tsa` and `mission` take nothing, but must be given "{}". */
export const noParams = () => ({})
