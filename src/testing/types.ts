import type { FlowOutcome, FlowState, FlowStep, LoginExtras } from '../bridge/types.ts'
import type { Loose } from '../core/checking/loose.ts'
import type { EventLog, WaitOptions } from './event-log.ts'
import type { PilotEvent, PilotEventName } from './events.ts'
import type { Knobs } from './knobs.ts'
import type { Timers } from './timers.ts'
import type { Trace } from './trace/trace.ts'

/** A controller or an aircraft, with its serial number and the triple of facts D4. */
export interface Device {
  readonly serial: string
  readonly type: number
  readonly subType: number
  /** 0 aircraft, 2 gateway. */
  readonly domain: number
}

/** Options of `createVirtualPilot`. Only `url` is required. docs/testing.md shows an example. */
export interface VirtualPilotOptions {
  /** The access link, as a pilot types it: `http://host/pilot`. Any server. */
  readonly url: string
  /**
   * The controller. Default: an RC Pro Enterprise with an obviously fake serial number. A second Pilot needs another
   * serial number.
   */
  readonly gateway?: Loose<Device> | undefined
  /** The aircraft. Default: a Mavic 3E with a fake serial number. Null: no aircraft is linked. */
  readonly aircraft?: Loose<Device> | null | undefined
  /** How this Pilot differs from the default one. `KNOBS` lists all knobs, and how certain each default is. */
  readonly knobs?: Loose<Knobs> | undefined
  /** Where the flight starts; default 47.0, 8.0. */
  readonly home?: Coordinates | undefined
  /** How many events `log` keeps; default 2,000. 0 keeps none, for fleets. */
  readonly logLimit?: number | undefined
  /** Called with every event. */
  readonly onEvent?: ((event: PilotEvent) => void) | undefined
  /** Clock and timers, for tests of time. Default: those of the system. */
  readonly timers?: Timers | undefined
  /** Called with every OSD report when it is published: for fleets, which keep no log. */
  readonly onReport?: ((report: SentReport) => void) | undefined
  /**
   * If the platform has no licence, continues with a fake one, which this Pilot accepts without a check. A real Pilot
   * would stop here, so a `fault` event reports it. Headless only. @default false
   */
  readonly fakeLicense?: boolean | undefined
  /** A recorded trace: the bridge gives the answers of the recorded controller. */
  readonly trace?: Trace | undefined
  /**
   * The controller's answer to `services`. If it returns undefined, the default is used: result 0; 613001 for live
   * streaming without an aircraft; a refusal if DJI's pages for Pilot do not name the service (knob `unknownService`).
   */
  readonly services?:
    | ((
        method: string,
        data: unknown,
      ) => { readonly result: number; readonly output?: unknown | undefined } | undefined)
    | undefined
}

/** What the devices measure. */
export interface Readings {
  /** Battery of the aircraft, percent. */
  readonly battery?: number | undefined
  /** Height of the aircraft above the place of take-off, meters. */
  readonly height?: number | undefined
  /** Speed of the aircraft over the ground, meters per second. */
  readonly speed?: number | undefined
  /** Battery of the controller, percent. */
  readonly controllerBattery?: number | undefined
}

/** An OSD report that is sent to the broker. */
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

/** What the web view got for the access link. */
export interface PageVisit {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** True: the stored copy was shown, and nothing was requested (knob cacheStalePage). */
  readonly fromCache: boolean
}

/**
 * A Pilot 2 made of software. `login` logs in and connects. After that, `connected()` and `topologyAcknowledged()`
 * resolve when the aircraft is online. Close the Pilot before you close its server.
 */
export interface VirtualPilot {
  readonly gateway: Device
  /** The linked aircraft. Null: none is linked now. */
  readonly aircraft: Device | null
  /** All knobs; those that were not given have their defaults. */
  readonly knobs: Knobs
  readonly url: string
  /** The newest events, oldest first, without secrets. */
  readonly log: readonly PilotEvent[]
  /** A position in the log, for `waitFor(..., { since })`: events before it are ignored. */
  cursor(): number
  /** Listens to one kind of event. @returns stops listening */
  on: EventLog['on']
  /** Listens to all events. @returns stops listening */
  onAny: EventLog['onAny']
  /**
   * Resolves to the next event of this kind that `predicate` accepts. With `since`, it may also be one from the log.
   * Rejects after 10 s, or after `timeoutMs`; the message lists the events that came instead.
   */
  waitFor<Name extends PilotEventName>(
    type: Name,
    predicate?: (event: PilotEvent<Name>) => boolean,
    options?: WaitOptions,
  ): Promise<PilotEvent<Name>>

  // The headless page: the flow of the real page with the fake bridge, without a browser.
  /** Requests the access link. Rejects if the server is not reached; resolves with any status. */
  open(): Promise<PageVisit>
  /**
   * Opens the page if it is not open, logs in and runs the flow. If the login is refused, the outcome is `failed` with
   * its message.
   */
  login(username: string, password: string, more?: LoginExtras): Promise<FlowOutcome>
  /** Continues as after a page load: takes the token that Pilot or the page holds, then runs the flow. */
  resume(): Promise<FlowOutcome>
  /** Null while no page is open. */
  flowState(): FlowState | null
  /** The last result of each step of the page: with `flowState`, what `diagnose` of `dji-cloud/bridge` needs. */
  flowSteps(): readonly FlowStep[]
  /** Logs out like the button of the page: unloads the modules, ends the session and leaves the platform. */
  logout(): Promise<void>
  leavePage(): void
  /** Loads the URL again and resumes, as Pilot does. If the knob reloadOnReentry is off, the old page continues. */
  reenterPage(): Promise<FlowOutcome>

  // The pilot, the aircraft and the network.
  /** Touches the arrow in the upper left corner. True: the page handled it; false: the page was left (facts A4). */
  pressBack(): Promise<boolean>
  /** Touches the exit button: calls onStopPlatform, then unloads everything. */
  exit(): Promise<void>
  /** Ends the app and starts it again: the native state is lost, the storage of the web view stays. */
  restart(): void
  plugAircraft(aircraft?: Loose<Device>): void
  unplugAircraft(): void
  /**
   * Flies along these places and hovers at the last one. An empty path means the circle around home. Meters per second,
   * meters above the ground.
   */
  fly(
    path: readonly Coordinates[],
    options?: { readonly speed?: number | undefined; readonly height?: number | undefined },
  ): void
  /**
   * What controller and aircraft report from now on, in place of the values of the flight, until the next call. Reported at once if
   * the controller is online. Call it without arguments to give the values back to the flight.
   *
   * @example
   * pilot.readings({ battery: 12, height: 80 })
   */
  readings(values?: Readings): void
  /**
   * Sends a request from the controller, such as `storage_config_get`.
   * @returns `data` of the reply; rejects if no reply comes within 10 s, or within `timeoutMs`
   */
  sendRequest(
    method: string,
    data: unknown,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<unknown>
  /** Sends an event that needs a reply, such as `file_upload_callback`. Resolves and rejects like `sendRequest`. */
  sendEvent(
    method: string,
    data: unknown,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<unknown>
  /** Sends no reports until it is released. The connection stays up. */
  pauseTelemetry(held: boolean): void
  /**
   * Breaks the connection without DISCONNECT. `silent`: the sockets stay open but carry no data, as when a network
   * fails.
   */
  cutNetwork(options?: { readonly silent?: boolean | undefined }): void
  restoreNetwork(): void

  // Waiting. The timeout is 10 s by default.
  /** Resolves when MQTT is connected. Resolves at once if it already is. */
  connected(timeoutMs?: number): Promise<void>
  /** Resolves when the current topology has been answered. */
  topologyAcknowledged(timeoutMs?: number): Promise<void>
  /** The state of Pilot itself, for assertions. */
  readonly native: NativeView
  /** Disconnects, and forgets the page. */
  close(): Promise<void>

  // A real page in a real browser.
  /** Source of the fake `window.djiBridge`, to be run before the page's own scripts. ES2015. */
  pageScript(options?: {
    readonly channel?: string | undefined
    readonly where?: 'top' | 'framed' | undefined
  }): string
  /**
   * Answers one message of the page's channel; null if the message is an ordinary prompt and not from the fake bridge.
   */
  answer(message: string): string | null
  /** Calls the bridge once, synchronously. The answer has the shape of the knobs. */
  call(method: string, args: readonly unknown[]): unknown
  /**
   * Sets the function that runs Pilot's scripts in the page and returns their result, or a promise of it. Only one page
   * at a time: a new one replaces the last.
   */
  onScript(run: PageRunner): () => void
  /** Call it from the driver of a browser when the page was loaded. */
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
  /** True after status_reply came for the current topology. */
  readonly topologyAcknowledged: boolean
  readonly withdrawn: boolean
  readonly pageOpen: boolean
}
