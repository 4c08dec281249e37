import type { Bridge } from '../../bridge/client.ts'
import type { FlowEnvironment, FlowState } from '../../bridge/types.ts'
import type { LoginReason } from '../../core/pages/page-data.ts'

const LINK = 'dji-cloud.link'
const ENDED = 'dji-cloud.ended'

/** What earlier loads of this page stored for the diagnosis. */
export interface Past {
  /** True: the link was up when the pilot left the page. Pilot still runs, but the link is lost (facts F1). */
  readonly lostWhileAway: boolean
  /** Why the previous session ended, if the pilot did not end it. */
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
    // After a restart, Pilot has forgotten its licence too. Then the lost link is normal.
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
