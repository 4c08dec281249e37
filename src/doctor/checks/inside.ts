import { type Finding, finding } from '../../core/findings/index.ts'
import { findChromium } from '../../testing/chromium/find.ts'
import type { Check, DoctorContext } from '../context.ts'
import { INSIDE_GATEWAY, type Inside, lookInside } from '../inside.ts'
import { mqttAddress } from './login.ts'

export const isForeign = ({ base, pageSeen }: DoctorContext): boolean => pageSeen && base === null

const LICENSE_CALL = 'platformVerifyLicense'

/**
 * Checks a page of another platform. Its routes are not known, so the doctor watches what it does inside a virtual
 * Pilot.
 */
export const inside: Check = {
  title: 'the page inside Pilot',
  applies: isForeign,
  async run(context) {
    const executable = context.browser === undefined ? findChromium() : context.browser
    if (executable === null)
      return {
        unchecked: 'the page needs a Chromium to run. Install one, or give its path in the variable CHROMIUM',
      }
    const seen = await lookInside(context, executable).catch((error: unknown) => String(error))
    if (typeof seen === 'string') return { unchecked: `the page could not be run in ${executable}: ${seen}` }
    context.inside = seen
    if (seen.thing === null) {
      if (seen.calls.length === 0 && waitsForLogin(seen)) return { unchecked: whyNoModule(seen) }
      return findingsOf(seen)
    }
    const address = mqttAddress(seen.thing.host, context.url, context.local)
    if (!address.some(({ id }) => id === 'address-scheme')) {
      context.mqtt = { ...seen.thing, client_id: INSIDE_GATEWAY, expires_at: 0 }
      context.gateway = INSIDE_GATEWAY
    }
    return [...findingsOf(seen), ...address]
  },
}

/** True: the page made no call to Pilot, and nobody is logged in. */
const waitsForLogin = ({ formFound, page }: Inside): boolean =>
  formFound !== true && page.exceptions.length === 0

/** Why the page loaded no module `thing`. */
export function whyNoModule(seen: Inside | null): string {
  if (seen === null) return 'the page was not run'
  const { formFound, withdrawn } = seen
  if (withdrawn !== null) return 'Pilot left before the page had loaded the module thing'
  if (formFound === null)
    return 'the page has not loaded the module thing. It may wait for a login: give an account'
  return formFound
    ? 'the page did not load the module thing after the login. Check the account; or the page asks for more than a login'
    : 'the page did not load the module thing, and shows no login form that the doctor can fill in'
}

/** Turns what was seen into findings. A pure function. */
function findingsOf(seen: Inside): readonly Finding[] {
  const { page, calls, verified } = seen
  const asked = calls.some(({ method }) => method === LICENSE_CALL)
  const done = calls.filter(({ method }) => !/Get|Is[A-Z]/.test(method))
  return [
    ...page.mixed.map((url) => finding('page-mixed', url)),
    ...page.failed
      .filter(({ kind }) => kind === 'Script' || kind === 'Stylesheet')
      .map(({ url, why }) => finding('page-no-script', `${url}: ${why}`)),
    ...page.exceptions.slice(0, 3).map((text) => finding('page-script-error', text)),
    ...(calls.length === 0 ? [finding('bridge-unused')] : []),
    ...(calls.length > 0 && !asked ? [finding('bridge-no-license')] : []),
    ...(verified && (seen.workspaceId === null || seen.platformName === null)
      ? [finding('bridge-no-workspace', missing(seen))]
      : []),
    ...done.flatMap(({ method, answer }) => refusal(method, answer)),
    ...(seen.withdrawn === null ? [] : [finding('bridge-withdrawn', seen.withdrawn)]),
  ]
}

const missing = ({ workspaceId, platformName }: Inside): string =>
  [
    ...(workspaceId === null ? ['platformSetWorkspaceId'] : []),
    ...(platformName === null ? ['platformSetInformation'] : []),
  ].join(', ')

/** Pilot's answers to the calls that change something. */
function refusal(method: string, answer: unknown): readonly Finding[] {
  const { code, message, data } = envelopeOf(answer)
  if (method === LICENSE_CALL && data === false) return [finding('license-malformed', `${message} (${code})`)]
  if (code === null || code === 0) return []
  const id =
    method === LICENSE_CALL
      ? 'license-malformed'
      : method === 'platformSetWorkspaceId'
        ? 'workspace-id'
        : 'bridge-refused'
  return [finding(id, `${method}: ${message} (${code})`)]
}

function envelopeOf(answer: unknown): {
  readonly code: number | null
  readonly message: string
  readonly data: unknown
} {
  try {
    const { code, message, data } = (typeof answer === 'string' ? JSON.parse(answer) : answer) as Record<
      string,
      unknown
    >
    return { code: typeof code === 'number' ? code : null, message: String(message ?? ''), data }
  } catch {
    return { code: null, message: '', data: undefined }
  }
}

/** The module `ws` and the device list, as Pilot used them. */
export const insideSocket: Check = {
  title: 'WebSocket and device list of the page',
  applies: isForeign,
  needs: ({ inside: seen }) => seen?.components.includes('ws') === true,
  async run({ inside: seen }) {
    if (seen === null) return []
    const list = seen.refused.find(({ url }) => /\/topologies(\?|$)/.test(url))
    return [
      ...(seen.ws.state === 'connected' ? [] : [finding('ws-refused', seen.ws.reason ?? seen.ws.state)]),
      ...(list === undefined ? [] : [finding('topologies', `HTTP ${list.status}`)]),
    ]
  },
}
