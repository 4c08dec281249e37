/** `problem`: Pilot will not get in, or not stay. `warning`: it will on some day. */
export type Severity = 'problem' | 'warning'

export interface Finding {
  readonly id: FindingId
  readonly severity: Severity
  /** What was seen. */
  readonly what: string
  /** Why Pilot minds. */
  readonly why: string
  /** What to change. */
  readonly fix: string
  /** Row of facts F: what pilots report when this is wrong. */
  readonly row: number | null
  /** The address, code or figure of this case; no secret. */
  readonly detail: string | null
}

type Entry = readonly [severity: Severity, row: number | null, what: string, why: string, fix: string]

/** Everything that the doctor can say. */
export const FINDINGS = {
  'address-invalid': [
    'problem',
    6,
    'The access link is no http or https address.',
    'Pilot opens nothing else.',
    'Give the whole address, such as https://cloud.example.com/pilot.',
  ],
  'address-localhost': [
    'problem',
    3,
    'The access link names this machine itself.',
    'On the controller that name is the controller.',
    'Use a name or address that the controller reaches.',
  ],
  'address-single-label': [
    'warning',
    3,
    'The host name has no dot: a container or LAN name.',
    'A controller resolves public names, and few others.',
    'Use the public name, or the LAN address.',
  ],
  'address-private': [
    'warning',
    3,
    'The access link is a private address.',
    'Only controllers in the same network reach it.',
    'Fine on a LAN; otherwise use the public name.',
  ],
  'name-unknown': [
    'problem',
    3,
    'The host name does not resolve.',
    'Pilot shows an empty page.',
    'Check the name and its DNS record.',
  ],
  'page-unreachable': [
    'problem',
    3,
    'Nothing answers at the access link.',
    'Pilot shows an empty page.',
    'Is the app running, the port open, the proxy pointed at it?',
  ],
  'page-http': [
    'warning',
    6,
    'The access link is http.',
    'Pilot 2 before V6.1 refuses http, and passwords travel in the clear.',
    'Use https with a certificate of a public authority.',
  ],
  'tls-self-signed': [
    'problem',
    7,
    'The certificate is self-signed or from a private authority.',
    'Pilot refuses it, silently.',
    "Use a certificate of a public authority, such as Let's Encrypt.",
  ],
  'tls-chain': [
    'problem',
    7,
    'The server sends no intermediate certificate.',
    'A browser may know it by heart; Pilot does not.',
    'Serve the full chain (fullchain.pem).',
  ],
  'tls-name': [
    'problem',
    7,
    'The certificate is for another name.',
    'Pilot refuses it, silently.',
    'Get a certificate for the name in the address.',
  ],
  'tls-expired': [
    'problem',
    7,
    'The certificate is not valid today.',
    'Pilot refuses it, silently.',
    'Renew it, and automate that.',
  ],
  'tls-expires-soon': [
    'warning',
    7,
    'The certificate expires within two weeks.',
    'From that day Pilot refuses it.',
    'Renew it, and automate that.',
  ],
  'tls-failed': [
    'problem',
    7,
    'No TLS connection could be made.',
    'Pilot offers no ALPN and no client certificate.',
    'Check that the port speaks TLS 1.2 or 1.3 without them.',
  ],
  'page-status': [
    'problem',
    5,
    'The access link does not answer with a page.',
    'Pilot shows an empty page or an error.',
    'Is the path right: {mount}/pilot?',
  ],
  'page-cached': [
    'warning',
    12,
    'The page may be cached.',
    "Pilot's web view keeps old pages after a deploy.",
    'Answer pages with Cache-Control: no-store; does a proxy change it?',
  ],
  'page-no-script': [
    'problem',
    5,
    'A script of the page is missing.',
    'The page stays empty or dead.',
    'Does a proxy hold /pilot/assets back, or serve an old page?',
  ],
  'page-not-ours': [
    'warning',
    null,
    'The page is not one of dji-cloud.',
    'The doctor cannot look further into it.',
    'Check the path; a page of your own is fine.',
  ],
  'clock-skew': [
    'warning',
    17,
    "The server's clock is off.",
    'Tokens look expired or not yet valid, and pilots are thrown out.',
    'Run a time service on the server.',
  ],
  'login-refused': [
    'problem',
    null,
    'The login was refused.',
    'No pilot gets further than this.',
    'Check user name, password and role (pilot).',
  ],
  'login-throttled': [
    'problem',
    null,
    'Logins from here are throttled.',
    'Pilots behind the same address are, too.',
    'Wait as long as it says; is the trust-proxy setting right?',
  ],
  'login-failed': [
    'problem',
    null,
    'The login answered with an error.',
    'No pilot gets further than this.',
    'See the code; 503 means that a store or the broker is down.',
  ],
  'license-missing': [
    'problem',
    4,
    'No licence is configured.',
    'Without a verified licence no other bridge call works.',
    'Set DJI_APP_ID, DJI_APP_KEY and DJI_APP_LICENSE.',
  ],
  'license-malformed': [
    'problem',
    4,
    'The licence is malformed.',
    'Pilot answers "bad base-64".',
    'Copy id, key and licence of one "Cloud API" app, unchanged and whole.',
  ],
  'license-placeholder': [
    'problem',
    4,
    'The licence is a placeholder.',
    'Pilot answers "bad base-64".',
    'Copy id, key and licence of one "Cloud API" app.',
  ],
  'workspace-id': [
    'problem',
    1,
    'The workspace id is no UUID.',
    'Pilot refuses it with 615000, and drops MQTT when the page is left.',
    'Give the workspace a UUID.',
  ],
  'api-host': [
    'problem',
    15,
    'The API address of the page is not where the page came from.',
    'Pilot calls the API there, and fails.',
    'Set publicUrl, or let the proxy pass Host and X-Forwarded-Proto and trust it.',
  ],
  'mixed-content': [
    'problem',
    7,
    'An https page names a plain http or ws address.',
    'The web view blocks it.',
    'Use https and wss; set publicUrl.',
  ],
  'ws-query': [
    'problem',
    null,
    'The WebSocket address has a query.',
    'Pilot appends its own with a second question mark.',
    'Give an address without one.',
  ],
  'mqtt-none': [
    'problem',
    3,
    'The server gave no MQTT credentials.',
    'The thing module cannot be loaded.',
    'Is the broker up? See cloud.health().',
  ],
  'mqtt-scheme': [
    'problem',
    3,
    'The MQTT address has no scheme that Pilot knows.',
    'Without tcp://, ssl://, ws:// or wss:// Pilot does not connect.',
    'Set mqtt.url with a scheme.',
  ],
  'mqtt-localhost': [
    'problem',
    3,
    'The MQTT address names the server itself.',
    'On the controller that name is the controller.',
    'Set mqtt.url to the public name.',
  ],
  'mqtt-single-label': [
    'problem',
    3,
    'The MQTT host has no dot: a container or LAN name.',
    'A controller does not resolve it.',
    'Set mqtt.url to the public name.',
  ],
  'mqtt-private': [
    'warning',
    3,
    'The MQTT address is private while the page is public.',
    'A controller that reaches the page does not reach the broker.',
    'Set mqtt.url to the public name.',
  ],
  'mqtt-name-unknown': [
    'problem',
    3,
    'The MQTT host does not resolve.',
    'Pilot shows "Cloud: Disconnect".',
    'Check the name and its DNS record.',
  ],
  'mqtt-unreachable': [
    'problem',
    3,
    'Nothing listens at the MQTT address.',
    'Pilot shows "Cloud: Disconnect".',
    'Open the port, and do not put an HTTP proxy in front of it.',
  ],
  'mqtt-not-mqtt': [
    'problem',
    3,
    'What listens at the MQTT address does not speak MQTT.',
    'Pilot shows "Cloud: Disconnect".',
    'Point mqtt.url at the broker, not at a web server or proxy.',
  ],
  'mqtt-plain': [
    'warning',
    null,
    'MQTT is not encrypted.',
    'Whoever listens on the way can fly along, and reads the password.',
    'Use ssl:// or wss://.',
  ],
  'mqtt-refused': [
    'problem',
    3,
    'The broker refuses the credentials that the server gave.',
    'Pilot never gets online.',
    'Do server and broker share the key? Is the clock right?',
  ],
  'mqtt-anonymous': [
    'problem',
    null,
    'The broker lets anybody in without a password.',
    'Anybody may speak for any aircraft.',
    'Turn anonymous login off.',
  ],
  'mqtt-version': [
    'warning',
    null,
    'The broker takes only one of MQTT 5 and 3.1.1.',
    "DJI's documents say 5; what a controller speaks is unverified.",
    'Use a broker that takes both.',
  ],
  'mqtt-foreign': [
    'problem',
    null,
    'The broker lets one gateway hear or speak for another.',
    'One stolen controller is all of them.',
    'Give the broker an access list per gateway.',
  ],
  'status-unanswered': [
    'problem',
    2,
    'update_topo is not answered.',
    'The aircraft never appears: its OSD waits for status_reply.',
    'Is the platform connected to this broker, and subscribed?',
  ],
  'status-slow': [
    'warning',
    2,
    'update_topo is answered slowly.',
    'Pilot sends it again and again meanwhile.',
    'Look at the load of the server and its store.',
  ],
  'ws-refused': [
    'problem',
    null,
    'The WebSocket is refused.',
    'Situation awareness stays empty.',
    'Let the proxy pass upgrades (Connection, Upgrade) to the app.',
  ],
  'ws-open': [
    'problem',
    null,
    'The WebSocket opens without a token.',
    'Anybody sees who flies where.',
    'Is another service answering at that path?',
  ],
  topologies: [
    'warning',
    null,
    'The list of devices is refused.',
    'Pilot asks for it when tsa is loaded; a 401 makes it leave the cloud.',
    'See the code.',
  ],
} as const satisfies Record<string, Entry>

export type FindingId = keyof typeof FINDINGS

export function finding(id: FindingId, detail: string | null = null): Finding {
  const [severity, row, what, why, fix] = FINDINGS[id]
  return { id, severity, what, why, fix, row, detail }
}
