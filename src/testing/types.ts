import type { FlowOutcome, FlowState } from '../bridge/types.ts'
import type { Loose } from '../core/checking/loose.ts'
import type { EventLog, WaitOptions } from './event-log.ts'
import type { PilotEvent, PilotEventName } from './events.ts'
import type { Knobs } from './knobs.ts'
import type { Timers } from './timers.ts'
import type { Trace } from './trace/trace.ts'

/** A controller or an aircraft by serial number and the triple of facts D4. */
export interface Device {
  readonly serial: string
  readonly type: number
  readonly subType: number
  /** 0 aircraft, 2 gateway. */
  readonly domain: number
}

/** What `createVirtualPilot` is given; only `url` has to be. docs/testing.md shows it at work. */
export interface VirtualPilotOptions {
  /** The access link, as a pilot types it: `http://host/pilot`. Any server. */
  readonly url: string
  /** The controller. Default: an RC Pro Enterprise with an obviously fake serial number. A second one needs its own. */
  readonly gateway?: Loose<Device> | undefined
  /** The aircraft. Default: a Mavic 3E with a fake serial number. Null: none is linked. */
  readonly aircraft?: Loose<Device> | null | undefined
  /** In what this Pilot differs from the default one: `KNOBS` has all of them, and how sure each is. */
  readonly knobs?: Loose<Knobs> | undefined
  /** Where the flight starts; default 47.0, 8.0. */
  readonly home?: Coordinates | undefined
  /** Events kept in `log`; default 2,000. 0 keeps none, for fleets. */
  readonly logLimit?: number | undefined
  /** Called with every event. */
  readonly onEvent?: ((event: PilotEvent) => void) | undefined
  /** Clock and timers, for tests of time. Default: the system's. */
  readonly timers?: Timers | undefined
  /** Called with every OSD report as it is published: for fleets, which keep no log. */
  readonly onReport?: ((report: SentReport) => void) | undefined
  /**
   * Where the platform has no licence, go on with one that is nobody's: this Pilot asks nobody. A real one would stop,
   * so it is told as a `fault`. Headless only. @default false
   */
  readonly fakeLicense?: boolean | undefined
  /** A recorded trace: the bridge answers what that controller answered. */
  readonly trace?: Trace | undefined
  /**
   * Answer of the controller to `services`; undefined: the default, which is result 0, 613001 for live streaming without an
   * aircraft, and a refusal of a service that no page of DJI for Pilot names (knob `unknownService`).
   */
  readonly services?:
    | ((
        method: string,
        data: unknown,
      ) => { readonly result: number; readonly output?: unknown | undefined } | undefined)
    | undefined
}

/** An OSD report on its way to the broker. */
export interface SentReport {
  readonly serial: string
  /** ms since the epoch, as in the message. */
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}

/** Degrees. */
export interface Coordinates {
  readonly latitude: number
  readonly longitude: number
}

/** What the WebView got for the access link. */
export interface PageVisit {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The stored copy was shown; nothing was requested (knob cacheStalePage). */
  readonly fromCache: boolean
}

/**
 * A Pilot 2 made of software: `login` goes the whole way, then `connected()` and `topologyAcknowledged()` say when it is through.
 * Close it before the server that it is connected to.
 */
export interface VirtualPilot {
  readonly gateway: Device
  /** Null: none is linked at this moment. */
  readonly aircraft: Device | null
  /** All of them, those not given with their defaults. */
  readonly knobs: Knobs
  readonly url: string
  /** The newest events, oldest first, without secrets. */
  readonly log: readonly PilotEvent[]
  /** A place in the log, for `waitFor(..., { since })`: what was before it does not count. */
  cursor(): number
  /** Listens to one kind of event. @returns how to stop */
  on: EventLog['on']
  /** Listens to all. @returns how to stop */
  onAny: EventLog['onAny']
  /**
   * The next event of this kind that fits; with `since`, one of the log counts too. Rejects after 10 s, or `timeoutMs`,
   * and says what came instead.
   */
  waitFor<Name extends PilotEventName>(
    type: Name,
    predicate?: (event: PilotEvent<Name>) => boolean,
    options?: WaitOptions,
  ): Promise<PilotEvent<Name>>

  // The page, headless: the flow of the real page with the fake bridge, without a browser.
  /** GET of the access link. Rejects when the server is not reached; any status resolves. */
  open(): Promise<PageVisit>
  /** Opens the page where that was not done, logs in and runs the flow. A refused login is `failed` with its message. */
  login(username: string, password: string): Promise<FlowOutcome>
  /** What a page load does: resolves the token that Pilot or the page holds, then runs the flow. */
  resume(): Promise<FlowOutcome>
  /** Null while no page is open. */
  flowState(): FlowState | null
  /** Logs out as the page's button does: modules unloaded, session ended, platform left. */
  logout(): Promise<void>
  leavePage(): void
  /** Loads the URL again and resumes, as Pilot does; with reloadOnReentry off the old page goes on. */
  reenterPage(): Promise<FlowOutcome>

  // The operator and the world.
  /** The upper left arrow. True: the page handled it; false: the page was left (facts A4). */
  pressBack(): Promise<boolean>
  /** The exit button: onStopPlatform, then everything is unloaded. */
  exit(): Promise<void>
  /** The app is killed and started again: native state is gone, the WebView's storage stays. */
  restart(): void
  plugAircraft(aircraft?: Loose<Device>): void
  unplugAircraft(): void
  /** Flies along these places and hovers at the last; an empty path is the circle around home. Metres per second, metres above the ground. */
  fly(
    path: readonly Coordinates[],
    options?: { readonly speed?: number | undefined; readonly height?: number | undefined },
  ): void
  /**
   * The controller asks for something of its own, such as `storage_config_get`.
   * @returns `data` of the reply; rejects where none comes within 10 s, or `timeoutMs`
   */
  sendRequest(
    method: string,
    data: unknown,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<unknown>
  /** It tells something that wants an answer, such as `file_upload_callback`. Resolves and rejects as `sendRequest`. */
  sendEvent(
    method: string,
    data: unknown,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<unknown>
  /** Nothing is reported until it is released; the link stays. */
  pauseTelemetry(held: boolean): void
  /** Without DISCONNECT. `silent`: the sockets stay open and dead, as when a network vanishes. */
  cutNetwork(options?: { readonly silent?: boolean | undefined }): void
  restoreNetwork(): void

  // Waiting. All default to 10 s.
  /** Resolves when MQTT is connected, at once if it is. */
  connected(timeoutMs?: number): Promise<void>
  /** Resolves when the current topology has been answered. */
  topologyAcknowledged(timeoutMs?: number): Promise<void>
  /** What Pilot itself holds, for assertions. */
  readonly native: NativeView
  /** Disconnects, and forgets the page. */
  close(): Promise<void>

  // A real page in a real browser.
  /** The fake `window.djiBridge`, to be run before the page's own scripts. ES2015. */
  pageScript(options?: {
    readonly channel?: string | undefined
    readonly where?: 'top' | 'framed' | undefined
  }): string
  /** Answers one message of the page's channel; null when it is none of ours (an ordinary prompt). */
  answer(message: string): string | null
  /** One bridge call, synchronous, in the shape of the knobs. */
  call(method: string, args: readonly unknown[]): unknown
  /** Runs scripts of Pilot in the page. One page at a time: the newest wins. The result, or a promise of it, goes back to Pilot. */
  onScript(run: PageRunner): () => void
  /** The driver of a browser tells that the page was loaded. */
  pageLoaded(url: string): void
}

/** Runs one script in the page, as Pilot would. */
export type PageRunner = (script: string, delivery: 'evaluate' | 'javascript-url') => unknown

/** Native state, for assertions. */
export interface NativeView {
  readonly verified: boolean
  readonly workspaceId: string | null
  readonly platformName: string | null
  readonly components: readonly string[]
  readonly mqtt: 'idle' | 'connecting' | 'connected' | 'disconnected'
  readonly ws: 'idle' | 'connecting' | 'connected' | 'disconnected'
  /** status_reply came for the current topology. */
  readonly topologyAcknowledged: boolean
  readonly withdrawn: boolean
  readonly pageOpen: boolean
}
