import type { PageFindingId } from '../core/findings/page-table.ts'
import type { ModuleName } from '../core/pages/page-data.ts'
import type { Situation } from '../core/pages/situation.ts'
import type { Verdict } from './diagnosis/verdict.ts'
import type { FlowState, FlowStep, LinkState } from './types.ts'

/**
 * `detail` of `dji-cloud:state`: what the main page shows, as data. It contains no token, password or licence, so a script may show or
 * send all of it. A copy: the page does not see changes of it.
 */
export interface PageState {
  /** The colour of the bar. `good`: online. `busy`: wait. `bad`: not online, and it does not get better by itself. `idle`: no controller. */
  readonly tone: Verdict['tone']
  /** The finding that the bar shows as the reason. Null: there is none. */
  readonly reason: PageFindingId | null
  /** The controller's MQTT connection. */
  readonly link: LinkState
  /** Since when the link is up, or since when it is down; ms since the epoch. */
  readonly linkSince: number
  /** The WebSocket for data of the other devices. */
  readonly ws: LinkState
  readonly bridge: FlowState['bridge']
  /** Whether Pilot has accepted the licence. */
  readonly verified: boolean
  readonly modules: Readonly<Partial<Record<ModuleName, 'loaded' | 'loading' | 'failed' | 'off'>>>
  /** Serial numbers, as Pilot tells them. */
  readonly gateway: string | null
  readonly aircraft: string | null
  /** Null before the page knows who is logged in. */
  readonly user: { readonly id: string; readonly username: string } | null
  readonly workspace: { readonly id: string; readonly name: string } | null
  /** Since when no request has reached the server, in ms since the epoch. Null: the last one did. */
  readonly serverFailingSince: number | null
  /** What the server knows of the controller, its aircraft and the others. Null before its first answer. */
  readonly situation: Situation | null
  /** When this state was seen; ms since the epoch. */
  readonly at: number
}

/** `detail` of `dji-cloud:finding`: one finding that has come or gone, in the language of the page. */
export interface PageFindingNews {
  readonly id: PageFindingId
  /** True: the page has just found it. False: it is over. */
  readonly active: boolean
  readonly severity: 'problem' | 'warning' | 'info'
  /** What is wrong. */
  readonly title: string
  /** What the pilot does. Null: nothing. */
  readonly pilot: string | null
  /** What the administrator does. Null: nothing. */
  readonly server: string | null
  /** What shows it: an address, a code or a number. */
  readonly evidence: string | null
}

/** What the main page has told so far, for a script that comes late. */
export interface PageNow {
  /** The newest `detail` of `dji-cloud:state`. Null: there is none yet, or this is another page. */
  readonly state: PageState | null
  /** The findings that are not over, the most severe first. */
  readonly findings: readonly PageFindingNews[]
  /** The newest result of each step, in the order of their first run. */
  readonly steps: readonly FlowStep[]
}

/** `detail` of each event of the main page, by name. */
export interface PageEventDetails {
  readonly 'dji-cloud:state': PageState
  readonly 'dji-cloud:finding': PageFindingNews
  readonly 'dji-cloud:step': FlowStep
}

/** The name of an event that the main page sends on `document`. */
export type PageEventName = keyof PageEventDetails

/** An event of the main page. */
export interface PageEvent<Name extends PageEventName> extends Event {
  readonly detail: PageEventDetails[Name]
}

declare global {
  // Empty here: it takes the members of the DOM's own, where a program has the DOM.
  interface Event {}
  interface DocumentEventMap {
    'dji-cloud:state': PageEvent<'dji-cloud:state'>
    'dji-cloud:finding': PageEvent<'dji-cloud:finding'>
    'dji-cloud:step': PageEvent<'dji-cloud:step'>
  }
}
