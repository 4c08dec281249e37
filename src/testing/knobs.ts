import type { Loose } from '../core/checking/loose.ts'
import { DjiCloudError } from '../core/errors.ts'

/**
 * How certain the default of a knob is. `hardware`: recorded from a real controller, or tested on one. `documented`:
 * from DJI's documents or demo. `reported`: from one public report. `unverified`: nothing public is known, and the
 * default is a guess.
 */
export type Confidence = 'hardware' | 'documented' | 'reported' | 'unverified'

/** One way in which a Pilot may differ: its default, how certain that is, and its other values. */
export interface Knob<T> {
  readonly value: T
  readonly confidence: Confidence
  readonly about: string
  /** The possible values. If absent, any value of the default's type. */
  readonly values?: readonly T[]
}

const choice = <const T extends string | number>(
  values: readonly [T, ...T[]],
  confidence: Confidence,
  about: string,
): Knob<T> => ({ value: values[0], values, confidence, about })
const onOff = (value: boolean, confidence: Confidence, about: string): Knob<boolean> => ({
  value,
  confidence,
  about,
})
const count = (value: number, confidence: Confidence, about: string): Knob<number> => ({
  value,
  confidence,
  about,
})
const text = (value: string, confidence: Confidence, about: string): Knob<string> => ({
  value,
  confidence,
  about,
})

/** All ways in which Pilots are known, or suspected, to differ (facts J). The first value is the default. */
export const KNOBS = {
  returnStyle: choice(
    ['envelope', 'data-as-string', 'empty-object', 'connect-state', 'bare', 'bare-text', 'number', 'void'],
    'hardware',
    'What a bridge method returns: a JSON text {code, message, data}; data as a JSON text within it; {} for success; {connectState} for link states; or no envelope: a boolean, its text, a number, nothing (facts B1).',
  ),
  failureStyle: choice(
    ['code', 'data-false'],
    'reported',
    'How a call is refused: with a code, or with code 0 and data false (facts B1).',
  ),
  licenseCheck: choice(
    ['base64', 'accept', 'refuse'],
    'hardware',
    'Which licences are accepted: those in base64 (others get "bad base-64", facts B2), all, or none.',
  ),
  strictAppId: onOff(
    false,
    'reported',
    'An app id passed as a number is answered with data false (facts B2).',
  ),
  noAircraftAnswer: choice(
    ['device-not-connect', 'empty'],
    'hardware',
    'platformGetAircraftSN without an aircraft: a code with "device not connect", or "" (facts B2).',
  ),
  gatewaySerialAnswer: choice(
    ['present', 'empty'],
    'documented',
    'platformGetRemoteControllerSN may be empty until the controller is restarted (facts B2).',
  ),
  missingMethods: {
    value: [] as readonly string[],
    confidence: 'reported',
    about: 'Methods that an old firmware lacks, such as thingGetConnectState (facts B2).',
  } satisfies Knob<readonly string[]>,
  injectionDelayMs: count(
    0,
    'reported',
    'The time between the first script of the page and the bridge (facts A3).',
  ),
  componentLoadLagMs: count(
    0,
    'reported',
    'The time after a load in which platformIsComponentLoaded is still false (facts B2).',
  ),
  loadParams: choice(
    ['applied', 'ignored'],
    'documented',
    'What media and liveshare are loaded with (autoUploadPhoto, videoPublishType, ...) is their setting from then on, and Pilot answers it; or Pilot keeps its own (facts B7).',
  ),
  callbackSequence: choice(
    ['false-then-true', 'true-only'],
    'reported',
    'Whether the connect callback also comes with false while connecting, or only with success (facts B5).',
  ),
  callbackArgument: choice(
    ['boolean', 'text', 'json-text', 'json-connect-state', 'object'],
    'reported',
    'The form of the argument of the connect callback (facts B5).',
  ),
  callbackDelivery: choice(
    ['evaluate', 'javascript-url', 'never'],
    'unverified',
    'How the callback reaches the page: without regard to its CSP, as a javascript: URL that the CSP can block, or not at all.',
  ),
  autoConnect: onOff(
    true,
    'hardware',
    'Whether loading thing also connects. Off: it waits for thingConnect (facts B6).',
  ),
  dropMqttOnLeave: onOff(
    true,
    'hardware',
    'Leaving the page without workspace and information set drops MQTT (facts A5).',
  ),
  reloadOnReentry: onOff(true, 'hardware', 'Coming back loads the URL again (facts A3).'),
  keepNativeState: onOff(true, 'hardware', 'Licence, modules and link survive leaving the page (facts A3).'),
  cacheStalePage: onOff(
    false,
    'hardware',
    'The WebView shows its stored page, unless the server sent that with no-store (facts A3).',
  ),
  nativeUserAgent: text('okhttp/3.14.9', 'hardware', "User agent of Pilot's own requests (facts C2)."),
  webViewUserAgent: text(
    'Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) dji-open-platform',
    'reported',
    'User agent of the page; contains dji-open-platform (facts A1).',
  ),
  withdrawOn401: onOff(
    true,
    'documented',
    'A 401 to a native request makes Pilot leave the cloud (facts C3).',
  ),
  apiTokenWithoutModule: choice(
    ['refused', 'empty', 'kept'],
    'unverified',
    'The answer of apiGetToken before api is loaded: a code, "", or the previous token (facts C1).',
  ),
  tokenSurvivesRestart: onOff(
    false,
    'unverified',
    "Pilot still has the token after the app's restart (facts C1).",
  ),
  topoTopic: choice(['sys', 'thing'], 'hardware', 'First level of the status topic (facts D2).'),
  topoDomain: choice(
    ['integer', 'string', 'absent'],
    'hardware',
    'Type of domain in update_topo (facts D3).',
  ),
  topoTypes: choice(
    ['integer', 'string'],
    'hardware',
    'Type of type and sub_type in update_topo (facts D3).',
  ),
  topoOffline: choice(
    ['empty-array', 'absent'],
    'documented',
    'sub_devices when no aircraft is linked (facts D3).',
  ),
  thingVersion: text('1.2.0', 'hardware', 'thing_version in update_topo (facts D3).'),
  topoRetryMs: count(4_000, 'unverified', 'Pause before an unanswered update_topo is sent again (facts D3).'),
  osdGate: onOff(true, 'hardware', 'No OSD before status_reply (facts D3).'),
  osdIntervalMs: count(2_000, 'documented', 'Pause between OSD reports: 0.5 Hz (facts D5).'),
  configRequest: choice(
    ['off', 'on', 'blocking'],
    'reported',
    'A config request after connecting. Blocking: the controller waits for the reply (facts D2).',
  ),
  stateReply: choice(
    ['ignored', 'expected'],
    'reported',
    'Expected: the controller waits for state_reply (facts D2).',
  ),
  unknownService: choice(
    ['refused', 'silent', 'accepted'],
    'unverified',
    "The answer to a service that DJI's pages for Pilot do not name: refused with a result other than 0, no answer, or done (facts B3).",
  ),
  networkProbe: onOff(false, 'reported', 'sys/product/{sn}/network/probe every 3 s (facts D2).'),
  mqttVersion: choice([5, 4], 'documented', 'Protocol level: 5, or 4 for MQTT 3.1.1 (facts D1).'),
  mqttKeepaliveSeconds: count(60, 'unverified', 'MQTT keep-alive (facts D1).'),
  mqttCleanStart: onOff(true, 'unverified', 'MQTT clean start (facts D1).'),
  mqttWill: choice(
    ['none', 'status'],
    'unverified',
    "A last will; status: an empty topology on the gateway's status topic (facts D6).",
  ),
  mqttReconnectMs: count(
    1_000,
    'unverified',
    'Pause before MQTT is connected again, with the same credentials (facts D1).',
  ),
  wsReconnectMs: count(5_000, 'unverified', 'Pause before the WebSocket is connected again (facts E).'),
  statusReply: choice(
    ['heard', 'lost'],
    'reported',
    'Lost: the answer to update_topo does not reach the controller (facts F2).',
  ),
  mqttReach: choice(
    ['open', 'no-answer', 'bad-certificate'],
    'reported',
    'No answer: the MQTT address does not work where the controller is (facts F3). Bad certificate: its certificate is refused, without a message to the pilot (facts F7). Nothing is sent in both cases.',
  ),
  wsReach: choice(
    ['open', 'blocked'],
    'reported',
    'Blocked: no WebSocket opens, for example because a proxy does not forward upgrades (facts E).',
  ),
  clockOffsetSeconds: count(0, 'unverified', "The controller's clock minus the right time, in seconds."),
} as const

type KnobTable = typeof KNOBS
/** The name of a knob, such as `'returnStyle'`. */
export type KnobName = keyof KnobTable
/** The value of every knob. */
export type Knobs = { readonly [Name in KnobName]: KnobTable[Name] extends Knob<infer Value> ? Value : never }

/**
 * The defaults, with the values of `chosen` in place of them.
 * @throws DjiCloudError OPTIONS for an unknown knob or an unknown value
 */
export function knobsWith(chosen: Loose<Knobs> = {}): Knobs {
  const all = Object.fromEntries(Object.entries(KNOBS).map(([name, knob]) => [name, knob.value])) as Record<
    string,
    unknown
  >
  for (const [name, value] of Object.entries(chosen)) {
    const knob = Object.hasOwn(KNOBS, name) ? (KNOBS[name as KnobName] as Knob<unknown>) : null
    if (knob === null)
      throw new DjiCloudError('OPTIONS', {
        message: `The virtual Pilot has no knob "${name}". docs/simulator.md lists all knobs.`,
      })
    if (value === undefined) continue
    const fits = knob.values ? knob.values.includes(value) : typeof value === typeof knob.value
    if (!fits) {
      const allowed = knob.values
        ? knob.values.map((one) => JSON.stringify(one)).join(', ')
        : `a ${typeof knob.value}`
      throw new DjiCloudError('OPTIONS', { message: `Knob "${name}" takes ${allowed}.` })
    }
    all[name] = value
  }
  return all as unknown as Knobs
}
