import type { FindingRow } from './row.ts'

/** About addresses and clocks: both the page and the doctor recognise these. */
export const ADDRESS = {
  'address-scheme': {
    severity: 'problem',
    row: 3,
    what: 'An address has no scheme, or one that DJI Pilot 2 does not know.',
    why: 'DJI Pilot 2 does not connect to it.',
    pilot: null,
    server:
      'Write the MQTT address with tcp://, ssl://, ws:// or wss://, the WebSocket with ws:// or wss://.',
  },
  'address-localhost': {
    severity: 'problem',
    row: 3,
    what: 'An address leads to the controller itself, not to the server.',
    why: 'On a controller, localhost is the controller.',
    pilot: null,
    server: 'Set publicUrl and mqtt.url to the address under which a controller reaches the server.',
  },
  'address-container': {
    severity: 'problem',
    row: 3,
    what: 'An address is a name that only the server or its network knows.',
    why: 'A controller can look up public names and only few others.',
    pilot: null,
    server: 'Set publicUrl and mqtt.url to the address under which a controller reaches the server.',
  },
  'address-private': {
    severity: 'warning',
    row: 3,
    what: 'An address is private, but the page came from a public one.',
    why: 'A controller that reaches the page may not reach this address.',
    pilot: null,
    server: 'Set mqtt.url to a public address, or put both into one network.',
  },
  'address-plain': {
    severity: 'warning',
    row: 3,
    what: 'An address that is given to the controller is not encrypted.',
    why: 'Anybody between controller and server can read the password and send messages as the aircraft. A web view may also block such an address in an encrypted page (not verified).',
    pilot: null,
    server: 'Use ssl:// or wss:// for MQTT, and set publicUrl to an https address.',
  },
  'page-http': {
    severity: 'warning',
    row: 6,
    what: 'The access link is http.',
    why: 'DJI Pilot 2 before 6.1 refuses http, and passwords travel unencrypted.',
    pilot: 'Update DJI Pilot 2 to 6.1 or newer.',
    server: 'Use https, with a certificate of a public authority.',
  },
  'clock-skew': {
    severity: 'warning',
    row: 17,
    what: 'The clock of the server and the clock of this device differ.',
    why: 'Tokens look expired or not yet valid, and pilots are logged out.',
    pilot: 'Let the controller take its time from the network.',
    server: 'Run a time service on the server.',
  },
} as const satisfies Record<string, FindingRow>
