import type { Bridge } from '../../bridge/client.ts'
import type { FlowEnvironment, FlowState } from '../../bridge/types.ts'
import type { LoginReason } from '../../core/pages/page-data.ts'

const LINK = 'dji-cloud.link'
const ENDED = 'dji-cloud.ended'

/** What earlier loads of this page left behind for the diagnosis. */
export interface Past {
  /** The link was up when the page was left; Pilot still runs, but the link is gone (facts F1). */
  readonly lostWhileAway: boolean
  /** Why the session before ended, if its pilot did not end it. */
  readonly loginReason: LoginReason | null
  note(state: FlowState): void
  ended(reason: LoginReason): void
  forget(): void
}

export function readPast(storage: FlowEnvironment['storage'], bridge: Bridge): Past {
  const wasUp = storage.get(LINK) === 'connected'
  const ended = storage.get(ENDED)
  storage.remove(ENDED)
  return {
    // A Pilot that was started anew has forgotten its licence as well: that is no loss.
    lostWhileAway: wasUp && bridge.platformIsVerified().data && !bridge.thingGetConnectState().data,
    loginReason: ended as LoginReason | null,
    note({ link }) {
      if (storage.get(LINK) !== link) storage.set(LINK, link)
    },
    ended: (reason) => storage.set(ENDED, reason),
    forget() {
      storage.remove(LINK)
      storage.remove(ENDED)
    },
  }
}
