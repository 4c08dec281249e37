import { type Finding, finding } from '../core/findings/index.ts'
import { API_PATH } from '../core/pages/urls.ts'
import { ask } from './ask.ts'
import { address } from './checks/address.ts'
import { certificate, hostAndPort } from './checks/certificate.ts'
import { inside, insideSocket, isForeign, whyNoModule } from './checks/inside.ts'
import { bootstrap, credentials, login } from './checks/login.ts'
import { broker, topics } from './checks/mqtt.ts'
import { page } from './checks/page.ts'
import { plugins } from './checks/plugins.ts'
import { websocket } from './checks/websocket.ts'
import type { Check, DoctorContext, DoctorOptions, DoctorReport } from './context.ts'

/** The checks, in the order in which Pilot would need the things that they check. */
const CHECKS: readonly Check[] = [
  address,
  certificate,
  page,
  inside,
  ...[login, bootstrap, credentials].map(ofOurs),
  broker,
  topics,
  ofOurs(websocket),
  insideSocket,
  ofOurs(plugins),
]

/** Limits a check to platforms of this package, which have the route that it asks. */
function ofOurs(check: Check): Check {
  return { ...check, applies: (context) => !isForeign(context) && check.applies?.(context) !== false }
}

/**
 * Checks a platform from the controller's side. It logs in, acts as one made-up gateway (`DOCTOR_GATEWAY`) and logs
 * out, so the host sees one login and one controller that comes and goes. Never rejects.
 */
export async function doctor(options: DoctorOptions): Promise<DoctorReport> {
  const url = urlOf(options.url)
  if (url === null) return report(options.url, [finding('address-invalid', options.url)], [])
  const { username, password } = options
  const context: DoctorContext = {
    url,
    local: options.allowLocalAddresses ?? false,
    timeout: options.timeoutMs ?? 5_000,
    ca: options.ca,
    now: options.now ?? Date.now,
    browser: options.browser,
    account: username === undefined || password === undefined ? null : { username, password },
    extras: { fields: options.fields, code: options.code },
    withheld: false,
    base: null,
    token: null,
    bootstrap: null,
    given: null,
    mqtt: null,
    pageSeen: false,
    inside: null,
    gateway: '',
  }
  const findings: Finding[] = []
  const checks: DoctorReport['checks'][number][] = []
  for (const check of CHECKS) {
    const { title } = check
    if (check.applies?.(context) === false) {
      checks.push({ title, outcome: 'skipped' })
      continue
    }
    if (check.needs?.(context) === false) {
      checks.push({ title, outcome: 'unchecked', why: whyNot(context) })
      continue
    }
    options.onCheck?.(title)
    const at = check.at?.(context) ?? hostAndPort(context.url)
    const answer = await check.run(context)
    if ('unchecked' in answer) {
      checks.push({ title, outcome: 'unchecked', why: answer.unchecked })
      continue
    }
    if (check === certificate && options.insecure !== true && !isTrusted(answer)) withhold(context)
    const found = answer.map((one) => ({ ...one, at: one.at ?? at }))
    findings.push(...found.filter((one) => !findings.some((said) => isSame(said, one))))
    checks.push({ title, outcome: worst(found) })
  }
  await leave(context)
  return report(url.href, findings, checks)
}

/** A certificate that expires soon is still valid today. */
const isTrusted = (found: readonly Finding[]): boolean => found.every(({ id }) => id === 'tls-expires-soon')

/** Sends the password only to the server that the certificate names, and not to another server at that address. */
function withhold(context: DoctorContext): void {
  if (context.account === null) return
  context.account = null
  context.withheld = true
}

/** Names the earlier result that a check needs and does not have, in the order of the checks. */
function whyNot(context: DoctorContext): string {
  const { base, account, token, bootstrap, inside: seen } = context
  if (isForeign(context)) {
    if (context.withheld && seen?.thing == null) return WITHHELD
    if (seen === null || seen.thing === null) return whyNoModule(seen)
    return context.mqtt === null ? 'there is no MQTT address to check' : 'the page did not load the module ws'
  }
  if (base === null) return 'the page was not reached'
  if (context.withheld) return WITHHELD
  if (account === null) return 'no account was given'
  if (token === null) return 'the login did not succeed'
  return bootstrap === null ? 'the page got no data' : 'there is no MQTT connection to check'
}

const WITHHELD =
  'the certificate cannot be trusted, so the password was not sent. Repair the certificate, or allow it with --insecure (insecure: true)'

/** Leaves the platform as it was: no binding and no session remain. */
async function leave(context: DoctorContext): Promise<void> {
  if (context.token === null) return
  const api = `${context.base}${API_PATH}`
  if (context.gateway !== '')
    await ask(context, `${api}/devices/${context.gateway}/unbinding`, { method: 'DELETE' })
  await ask(context, `${api}/logout`, { method: 'POST', body: {} })
}

function urlOf(text: string): URL | null {
  try {
    const url = new URL(text)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null
  } catch {
    return null
  }
}

/** Two checks can find the same problem; report it once. */
const isSame = (a: Finding, b: Finding): boolean => a.id === b.id && a.evidence === b.evidence

const worst = (found: readonly Finding[]): 'ok' | 'warning' | 'problem' =>
  found.some(({ severity }) => severity === 'problem') ? 'problem' : found.length > 0 ? 'warning' : 'ok'

function report(url: string, findings: readonly Finding[], checks: DoctorReport['checks']): DoctorReport {
  const bad = findings.some(({ severity }) => severity === 'problem')
  const whole = checks.every(({ outcome }) => outcome !== 'unchecked')
  const verdict = bad ? 'bad' : whole ? 'good' : 'incomplete'
  return { url, healthy: verdict === 'good', verdict, findings, checks }
}

export { type DoctorOptions, type DoctorReport, doctorGateway } from './context.ts'
