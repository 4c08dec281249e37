import type { Bridge } from '../../bridge/client.ts'
import type { BridgeResult } from '../../bridge/normalize.ts'
import type { Translate } from './browser.ts'
import { input, onChange, type SettingsPanel, select, tellRefusal } from './settings.ts'

/** Settings of the automatic upload. */
export function createMediaSettings(bridge: Bridge, t: Translate): SettingsPanel {
  function read(): void {
    const photo = input('media-photo')
    const video = input('media-video')
    const type = select('media-type')
    if (photo !== null) photo.checked = bridge.mediaGetAutoUploadPhoto().data
    if (video !== null) video.checked = bridge.mediaGetAutoUploadVideo().data
    if (type !== null) type.value = Number(bridge.mediaGetUploadPhotoType().data) === 1 ? '1' : '0'
  }

  const done = (answer: BridgeResult): void => {
    tellRefusal('media', answer, t)
    read()
  }
  const ticked = (id: string): boolean => input(id)?.checked === true
  onChange('media-photo', () => done(bridge.mediaSetAutoUploadPhoto(ticked('media-photo'))))
  onChange('media-video', () => done(bridge.mediaSetAutoUploadVideo(ticked('media-video'))))
  onChange('media-type', () =>
    done(bridge.mediaSetUploadPhotoType(select('media-type')?.value === '1' ? 1 : 0)),
  )

  return { module: 'media', name: 'media', read, poll: () => {} }
}
