import type { Bridge } from '../../bridge/client.ts'
import type { BridgeResult } from '../../bridge/normalize.ts'
import type { Translate } from './browser.ts'
import { input, onChange, type SettingsPanel, select, showChoice, showTick, tellRefusal } from './settings.ts'
import type { Uploads } from './uploads.ts'

export interface MediaSettings extends SettingsPanel {
  /** What Pilot has answered last. */
  readonly uploads: () => Pick<Uploads, 'photo' | 'photoType' | 'video'>
}

/** Settings of the automatic upload. What Pilot answers is shown, not what the module was loaded with. */
export function createMediaSettings(bridge: Bridge, t: Translate, onChanged: () => void): MediaSettings {
  let uploads: ReturnType<MediaSettings['uploads']> = { photo: null, photoType: null, video: null }
  const said = ({ ok, data }: BridgeResult<boolean>): boolean | null => (ok ? data : null)

  function read(): void {
    const type = bridge.mediaGetUploadPhotoType().data
    uploads = {
      photo: said(bridge.mediaGetAutoUploadPhoto()),
      photoType: type === 0 || type === 1 ? type : null,
      video: said(bridge.mediaGetAutoUploadVideo()),
    }
    showTick('media-photo', uploads.photo, t)
    showTick('media-video', uploads.video, t)
    showChoice('media-type', uploads.photoType === null ? null : String(uploads.photoType))
  }

  const done = (answer: BridgeResult): void => {
    tellRefusal('media', answer, t)
    read()
    onChanged()
  }
  const ticked = (id: string): boolean => input(id)?.checked === true
  onChange('media-photo', () => done(bridge.mediaSetAutoUploadPhoto(ticked('media-photo'))))
  onChange('media-video', () => done(bridge.mediaSetAutoUploadVideo(ticked('media-video'))))
  onChange('media-type', () =>
    done(bridge.mediaSetUploadPhotoType(select('media-type')?.value === '1' ? 1 : 0)),
  )

  return { module: 'media', name: 'media', read, poll: () => {}, uploads: () => uploads }
}
