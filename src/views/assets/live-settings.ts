import { liveStatus } from '../../bridge/callbacks.ts'
import type { Bridge } from '../../bridge/client.ts'
import type { BridgeResult } from '../../bridge/normalize.ts'
import type { VideoPublishType } from '../../bridge/params.ts'
import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { onClick, setText, show } from './dom.ts'
import { input, onChange, type SettingsPanel, select, tellRefusal } from './settings.ts'

/** The JSBridge's number for RTMP (facts B5). */
const RTMP = 2

/** Who may start a stream, its address, and whether it runs. @param onAnswer gets Pilot's answers for the report (facts F16) */
export function createLiveSettings(
  bridge: Bridge,
  t: Translate,
  onAnswer: (answer: BridgeResult) => void,
): SettingsPanel {
  const done = (answer: BridgeResult): void => {
    tellRefusal('live', answer, t)
    onAnswer(answer)
    poll()
  }
  onChange('live-mode', () => {
    done(bridge.liveshareSetVideoPublishType(mode() as VideoPublishType))
    showManual()
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
    const { status, fps } = liveStatus(bridge.liveshareGetStatus().data)
    const known = status === 0 || status === 1 || status === 2 ? String(status) : 'unknown'
    setText('live-status', t(`live.status.${known}`) + (status === 2 && fps !== null ? ` · ${fps} fps` : ''))
  }

  /** Pilot cannot be asked for the mode, so it is the one that the module was loaded with. */
  function read({ bootstrap }: FlowState): void {
    const row =
      bootstrap === null ? undefined : bootstrap.modules.filter(({ name }) => name === 'liveshare')[0]
    const chosen = select('live-mode')
    if (row !== undefined && chosen !== null) chosen.value = String(row.params.videoPublishType)
    const { data } = bridge.liveshareGetConfig()
    const params = data === null ? null : data.params
    const url = typeof params === 'string' ? /"url"\s*:\s*"([^"\\]*)"/.exec(params)?.[1] : undefined
    const field = input('live-url')
    if (field !== null && url !== undefined) field.value = url
    showManual()
    poll()
  }

  return { module: 'liveshare', name: 'live', read, poll }
}
