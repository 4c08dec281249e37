import type { FlowState } from '../../bridge/types.ts'
import type { ModuleName } from '../../core/pages/page-data.ts'
import { setText, show } from './dom.ts'
import type { Translate } from './translate.ts'

/** What Pilot has answered about its settings; null: it did not tell. */
export interface Uploads {
  readonly photo: boolean | null
  /** 0 originals, 1 previews. */
  readonly photoType: 0 | 1 | null
  readonly video: boolean | null
  readonly liveMode: string | null
  /** 0 not connected, 1 connected, 2 live. */
  readonly liveStatus: number | null
}

/** One line each for photos, videos and the live stream: what Pilot sends to the platform. */
export function showUploads({ bootstrap, modules, bridge }: FlowState, uploads: Uploads, t: Translate): void {
  /** Null: the module runs, so its settings tell. */
  const without = (name: ModuleName): string | null => {
    if (bootstrap === null || bridge !== 'present') return t('home.unknown')
    if (modules[name] === 'loaded') return null
    return t(modules[name] === 'failed' ? 'state.failed' : 'uploads.waiting')
  }
  const auto = (on: boolean | null): string =>
    t(on === null ? 'home.unknown' : on ? 'uploads.auto' : 'uploads.manual')
  const { photo, photoType, video, liveMode, liveStatus } = uploads
  const type = photo === true && photoType !== null ? `, ${t(`media.type.${photoType}`)}` : ''
  setText('uploads-photos', without('media') || auto(photo) + type)
  setText('uploads-videos', without('media') || auto(video))
  const status = t(`live.status.${liveStatus === null ? 'unknown' : liveStatus}`)
  const who = liveMode === null ? '' : `${t('uploads.by', { who: t(`live.mode.${liveMode}`) })} · `
  setText('uploads-live', without('liveshare') || who + status)
  show('settings-none', modules.media !== 'loaded' && modules.liveshare !== 'loaded')
}
