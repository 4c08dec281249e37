import type { CloudEventName, FindingId } from '../../plugin.ts'
import type { Confidence, Knobs } from '../../testing/index.ts'

/** A fault that controllers had in the field, and what everybody sees of it. */
export interface Fault {
  readonly id: string
  /** Row of facts F; null: it is not among them. */
  readonly row: number | null
  /** How certain it is that a controller behaves like this. */
  readonly certainty: Confidence
  /** What is changed in the virtual Pilot. */
  readonly knobs: Partial<Knobs>
  /** False: no aircraft is linked. */
  readonly aircraft?: false
  /** Findings that the page shows to the pilot. */
  readonly page: readonly FindingId[]
  /** Events of the host app that come because of it, and those that do not come. */
  readonly host: { readonly come: readonly CloudEventName[]; readonly missing: readonly CloudEventName[] }
  /**
   * What the doctor says when it runs in the network of that controller. The doctor tests a server, so it cannot see a fault of
   * the controller itself.
   */
  readonly doctor: readonly FindingId[]
}

/** The order of facts F, then the others. */
export const FAULTS: readonly Fault[] = [
  {
    ...{ id: 'lost-on-leave', row: 1, certainty: 'reported' },
    knobs: { keepNativeState: false },
    page: ['lost-on-leave'],
    host: { come: ['gateway.offline', 'aircraft.offline'], missing: [] },
    doctor: ['bridge-no-workspace'],
  },
  {
    ...{ id: 'no-status-reply', row: 2, certainty: 'reported' },
    knobs: { statusReply: 'lost' },
    page: [],
    host: { come: [], missing: ['device.osd'] },
    doctor: ['status-unanswered'],
  },
  {
    ...{ id: 'wrong-mqtt-address', row: 3, certainty: 'reported' },
    knobs: { mqttReach: 'no-answer' },
    page: ['link-down'],
    host: { come: ['credentials.unused'], missing: ['gateway.online', 'aircraft.online', 'device.osd'] },
    doctor: ['mqtt-unreachable'],
  },
  {
    ...{ id: 'licence-refused', row: 4, certainty: 'hardware' },
    knobs: { licenseCheck: 'refuse' },
    page: ['license-malformed'],
    host: { come: [], missing: ['gateway.online', 'aircraft.online', 'device.osd'] },
    doctor: ['license-placeholder'],
  },
  {
    ...{ id: 'old-web-view', row: 5, certainty: 'reported' },
    knobs: {
      webViewUserAgent:
        'Mozilla/5.0 (Linux; Android 7.1; DJI RC; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/61.0.3163.98 Mobile Safari/537.36 dji-open-platform',
    },
    page: ['old-engine'],
    host: { come: [], missing: [] },
    doctor: [],
  },
  {
    ...{ id: 'certificate-refused', row: 7, certainty: 'reported' },
    knobs: { mqttReach: 'bad-certificate' },
    page: ['link-down'],
    host: { come: ['credentials.unused'], missing: ['gateway.online', 'aircraft.online', 'device.osd'] },
    doctor: ['tls-self-signed', 'tls-chain', 'tls-name'],
  },
  {
    ...{ id: 'no-aircraft', row: 8, certainty: 'hardware' },
    knobs: {},
    aircraft: false,
    page: ['no-aircraft'],
    host: { come: [], missing: ['aircraft.online'] },
    doctor: [],
  },
  {
    ...{ id: 'no-serial', row: 9, certainty: 'reported' },
    knobs: { gatewaySerialAnswer: 'empty' },
    page: ['no-serial'],
    // The page gets credentials for the first controller that uses them.
    host: { come: [], missing: [] },
    doctor: [],
  },
  {
    ...{ id: 'websocket-blocked', row: null, certainty: 'reported' },
    knobs: { wsReach: 'blocked' },
    page: ['ws-down'],
    host: { come: [], missing: [] },
    doctor: ['ws-refused', 'ws-open'],
  },
  {
    ...{ id: 'clock-wrong', row: null, certainty: 'unverified' },
    knobs: { clockOffsetSeconds: -600 },
    page: ['clock-skew'],
    host: { come: [], missing: [] },
    doctor: [],
  },
]

/** The fault with this id. */
export const faultOf = (id: string): Fault | undefined => FAULTS.find((one) => one.id === id)
