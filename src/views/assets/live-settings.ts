import { liveStatus } from '../../bridge/callbacks.ts'
import type { Bridge } from '../../bridge/client.ts'
import type { BridgeResult } from '../../bridge/normalize.ts'
import { RTMP, rtmpUrl, type VideoPublishType } from '../../bridge/params.ts'
import type { FlowEnvironment, FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { onClick, setText, show } from './dom.ts'
import { input, onChange, type SettingsPanel, select, showChoice, tellRefusal } from './settings.ts'
import type { Uploads } from './uploads.ts'

/** The mode that Pilot accepted last: Pilot keeps it over a load of this page, and cannot be asked for it. */
const MODE = 'dji-cloud.live-mode'

export interface LiveSettings extends SettingsPanel {
  /** What Pilot has accepted and answered last. */
  readonly uploads: () => Pick<Uploads, 'liveMode' | 'liveStatus'>
}

/** Who may start a stream, its address, and whether it runs. @param onAnswer gets Pilot's answers for the report (facts F16) */
export function createLiveSettings(
  bridge: Bridge,
  storage: FlowEnvironment['storage'],
  t: Translate,
  onAnswer: (answer: BridgeResult) => void,
): LiveSettings {
  let status: number | null = null
  const done = (answer: BridgeResult): void => {
    tellRefusal('live', answer, t)
    poll()
    onAnswer(answer)
  }
  let accepted: string | null = null
  onChange('live-mode', () => {
    const answer = bridge.liveshareSetVideoPublishType(mode() as VideoPublishType)
    if (answer.ok) {
      accepted = mode()
      storage.set(MODE, accepted)
    }
    showChoice('live-mode', accepted)
    showManual()
    done(answer)
  })
  onChange('live-url', () =>
    done(bridge.liveshareSetConfig(RTMP, { url: input('live-url')?.value.trim() ?? '' })),
  )
  onClick('live-start', () => done(bridge.liveshareStartLive()))
  onClick('live-stop', () => done(bridge.liveshareStopLive()))

  const mode = (): string => select('live-mode')?.value ?? ''

  /** Shows address and buttons only if the pilot may start the stream. */
  function showManual(): void {
    const manual = mode() !== 'video-on-demand'
    show('live-url-row', manual)
    show('live-buttons', manual)
  }

  function poll(): void {
    const { status: told, fps } = liveStatus(bridge.liveshareGetStatus().data)
    status = told === 0 || told === 1 || told === 2 ? told : null
    const known = status === null ? 'unknown' : String(status)
    setText('live-status', t(`live.status.${known}`) + (status === 2 && fps !== null ? ` · ${fps} fps` : ''))
  }

  /** The module begins with the mode that it is loaded with. */
  function read({ bootstrap }: FlowState, fresh: boolean): void {
    if (fresh) storage.remove(MODE)
    const row =
      bootstrap === null ? undefined : bootstrap.modules.filter(({ name }) => name === 'liveshare')[0]
    accepted = storage.get(MODE) || (row === undefined ? null : String(row.params.videoPublishType))
    showChoice('live-mode', accepted)
    const field = input('live-url')
    if (field !== null) field.value = rtmpUrl(bridge.liveshareGetConfig().data) || ''
    showManual()
    poll()
  }

  return {
    ...{ module: 'liveshare', name: 'live', read, poll },
    uploads: () => ({ liveMode: accepted, liveStatus: status }),
  }
}
