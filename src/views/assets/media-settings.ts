import type { Bridge } from '../../bridge/client.ts'
import type { BridgeResult } from '../../bridge/normalize.ts'
import type { Translate } from './browser.ts'
import { input, onChange, type SettingsPanel, select, showChoice, showTick, tellRefusal } from './settings.ts'

/** Settings of the automatic upload. What Pilot answers is shown, not what the module was loaded with. */
export function createMediaSettings(bridge: Bridge, t: Translate): SettingsPanel {
  const said = ({ ok, data }: BridgeResult<boolean>): boolean | null => (ok ? data : null)

  function read(): void {
    showTick('media-photo', said(bridge.mediaGetAutoUploadPhoto()), t)
    showTick('media-video', said(bridge.mediaGetAutoUploadVideo()), t)
    const type = bridge.mediaGetUploadPhotoType().data
    showChoice('media-type', type === 0 || type === 1 ? String(type) : null)
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
