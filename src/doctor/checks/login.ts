import { SERVER_CODES } from '../../bridge/codes.ts'
import { addressWarnings, asFinding, splitAddress } from '../../core/findings/addresses.ts'
import { type Finding, finding } from '../../core/findings/index.ts'
import { atBase, mqttAtBase } from '../../core/pages/at-base.ts'
import type { Bootstrap, MqttCredentials } from '../../core/pages/page-data.ts'
import { API_PATH } from '../../core/pages/urls.ts'
import { type Answer, ask } from '../ask.ts'
import { type Check, doctorGateway } from '../context.ts'
import { secondStep } from '../second-step.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const PLACEHOLDER = /your|please|enter|change|example|xxx|todo|placeholder|<|>/i
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

export const login: Check = {
  title: 'login',
  needs: ({ base, account }) => base !== null && account !== null,
  async run(context) {
    const first = await ask(context, `${context.base}${API_PATH}/login`, {
      method: 'POST',
      body: { ...context.extras.fields, ...context.account, flag: 2 },
    })
    const second = await secondStep(context, first)
    if (typeof second === 'string') return { unchecked: second }
    const answer = second ?? first
    if (answer.code === 0 && typeof answer.data['access_token'] === 'string') {
      context.token = answer.data['access_token']
      return []
    }
    const path = second === null ? '/login' : '/login/challenge'
    const detail = `${context.base}${API_PATH}${path}: HTTP ${answer.status}, code ${answer.code}`
    if (answer.status === 404 || answer.status === 405 || isHtml(answer)) return [finding('api-path', detail)]
    if (answer.status === 429 || answer.code === SERVER_CODES.THROTTLED)
      return [finding('login-throttled', `for ${answer.headers['retry-after']} s`)]
    // A refusal is a 403 or, as in DJI's demo, a 200 with a code other than 0.
    const refused =
      answer.status === 401 || answer.status === 403 || (answer.status === 200 && answer.isEnvelope)
    return [finding(refused ? 'login-refused' : 'login-failed', detail)]
  },
}

const isHtml = ({ headers }: Answer): boolean => headers['content-type']?.includes('text/html') === true

/** Checks the values that the page would give to Pilot. */
export const bootstrap: Check = {
  title: 'licence, workspace and addresses',
  needs: ({ token }) => token !== null,
  async run(context) {
    const answer = await ask(context, `${context.base}/pilot/bootstrap`)
    if (answer.status === 404 || isHtml(answer))
      return [finding('api-path', `${context.base}/pilot/bootstrap: HTTP ${answer.status}`)]
    if (answer.code !== 0)
      return [finding('login-failed', `bootstrap: HTTP ${answer.status}, code ${answer.code}`)]
    context.given = answer.data as unknown as Bootstrap
    const plan = atBase(context.given, context.base)
    context.bootstrap = plan
    context.gateway = doctorGateway(plan.workspace.id)
    return [...license(plan), ...addresses(plan, context.url, context.base ?? '', context.local)]
  },
}

function license({ license, workspace }: Pick<Bootstrap, 'license' | 'workspace'>): readonly Finding[] {
  const findings: Finding[] = UUID.test(workspace.id) ? [] : [finding('workspace-id', workspace.id)]
  if (license === null) return [...findings, finding('license-missing')]
  const fields = Object.entries({
    app_id: license.app_id,
    app_key: license.app_key,
    license: license.license,
  })
  const placeholder = fields.find(([, value]) => PLACEHOLDER.test(value))
  if (placeholder !== undefined) return [...findings, finding('license-placeholder', placeholder[0])]
  const malformed =
    fields.find(([name, value]) =>
      name === 'app_id' ? !/^\d+$/.test(value) : value.trim() !== value || value === '',
    ) ?? (BASE64.test(license.license) && license.license.length % 4 === 0 ? undefined : ['license'])
  return malformed === undefined
    ? findings
    : [...findings, finding('license-malformed', malformed[0] ?? null)]
}

function addresses(
  plan: Pick<Bootstrap, 'api_host' | 'ws_host'>,
  page: URL,
  base: string,
  local: boolean,
): readonly Finding[] {
  const findings: Finding[] = []
  if (plan.api_host !== `${base}/`) findings.push(finding('api-host', `${plan.api_host} instead of ${base}/`))
  const told = { page: page.href, api: plan.api_host, ws: plan.ws_host, mqtt: null }
  const doubted = addressWarnings(told).filter(({ kind }) => !local || kind === 'plain')
  findings.push(...doubted.map((warning) => finding(...asFinding(warning))))
  if (plan.ws_host.includes('?')) findings.push(finding('ws-query'))
  return findings
}

export const credentials: Check = {
  title: 'MQTT credentials and address',
  needs: ({ bootstrap }) => bootstrap !== null,
  async run(context) {
    const answer = await ask(context, `${context.base}${API_PATH}/mqtt/credentials`, {
      method: 'POST',
      body: { gateway_sn: context.gateway },
    })
    if (answer.code !== 0) return [finding('mqtt-none', `HTTP ${answer.status}, code ${answer.code}`)]
    const told = answer.data as unknown as MqttCredentials
    const given = { ...told, host: mqttAtBase(told.host, context.given, context.base) }
    const findings = mqttAddress(given.host, context.url, context.local)
    // Without a scheme or a host, nobody can connect to this address.
    if (!findings.some(({ id }) => id === 'address-scheme')) context.mqtt = given
    return findings
  },
}

/**
 * No controller has shown yet that it can reach the host of the page. So the address may be reported even if it has the
 * same host.
 */
export function mqttAddress(address: string, page: URL, local: boolean): readonly Finding[] {
  const told = { page: page.href, api: null, ws: null, mqtt: address }
  const doubted = addressWarnings(told, false).filter(({ role, kind }) => role === 'mqtt' && kind !== 'plain')
  const scheme = doubted.filter(({ kind }) => kind === 'scheme')
  // With a wrong scheme, no client can connect to the address, so its other faults do not matter.
  const shown = local || scheme.length > 0 ? scheme : doubted
  const findings: Finding[] = shown.map((warning) => finding(...asFinding(warning)))
  const plain = ['tcp', 'ws'].includes(splitAddress(address).scheme ?? '')
  return plain && !local ? [...findings, finding('address-plain', `mqtt: ${address}`)] : findings
}
