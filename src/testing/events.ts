/**
 * All events of a virtual Pilot. No event holds a password, token or license: they are masked before the event is made.
 */
export interface PilotEvents {
  /** The page called a method of the bridge. The answer has the shape that the knob gave it. */
  bridge: { readonly method: string; readonly args: readonly unknown[]; readonly answer: unknown }
  /** Pilot called a global function of the page. */
  callback: { readonly name: string; readonly argument: unknown; readonly delivered: boolean }
  /**
   * An HTTP request. `native`: by Pilot itself; `page`: by the web view (headless only). Status 0: the server was not
   * reached.
   */
  http: {
    readonly side: 'native' | 'page'
    readonly method: string
    readonly url: string
    readonly status: number
  }
  page: { readonly state: 'opened' | 'left' | 'closed'; readonly url: string; readonly status: number | null }
  component: { readonly name: string; readonly state: 'loaded' | 'unloaded' }
  'mqtt.state': { readonly state: LinkName; readonly reason: string | null }
  'mqtt.in': MqttTraffic
  'mqtt.out': MqttTraffic
  /** `answered`: status_reply came; `unanswered`: no reply came, and the topology is sent again. */
  topology: {
    readonly state: 'sent' | 'answered' | 'unanswered'
    readonly aircraft: string | null
    readonly result: number | null
  }
  aircraft: { readonly state: 'plugged' | 'unplugged'; readonly serial: string }
  'ws.state': { readonly state: LinkName; readonly reason: string | null }
  'ws.in': { readonly data: unknown }
  'ws.out': { readonly data: unknown }
  /** Pilot left the cloud, because a native request got status 401 (facts C3). */
  withdrawn: { readonly url: string }
  /** The pilot or the page left the platform, by the exit button or by platformStopSelf. */
  stopped: { readonly by: 'page' | 'pilot' }
  /** A fault that a controller does not show to its pilot, such as a refused subscription. */
  fault: { readonly where: string; readonly message: string }
}

/** The state of a link of the virtual Pilot. */
export type LinkName = 'idle' | 'connecting' | 'connected' | 'disconnected'

interface MqttTraffic {
  readonly topic: string
  /** Parsed if it is JSON. */
  readonly payload: unknown
  readonly qos: number
}

/** The name of an event of the virtual Pilot. */
export type PilotEventName = keyof PilotEvents

/**
 * One event of the virtual Pilot: its fields, its place in the log (`seq`) and its time (`at`, ms since the epoch).
 */
export type PilotEvent<Name extends PilotEventName = PilotEventName> = {
  [N in Name]: { readonly type: N; readonly seq: number; readonly at: number } & PilotEvents[N]
}[Name]
