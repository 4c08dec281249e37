import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { addressWarnings, asFinding, hostKind } from '../../core/findings/addresses.ts'
import { type Finding, finding } from '../../core/findings/index.ts'
import type { Check } from '../context.ts'

/** Whether a controller can find the server at all. */
export const address: Check = {
  title: 'address of the access link',
  async run({ url, local }) {
    const findings: Finding[] = []
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
    const kind = hostKind(host)
    if (!local) {
      const only = { page: `${url.origin}${url.pathname}`, api: null, ws: null, mqtt: null }
      findings.push(...addressWarnings(only, false).map((warning) => finding(...asFinding(warning))))
      if (kind === 'private') findings.push(finding('page-private', host))
      if (url.protocol === 'http:') findings.push(finding('page-http'))
    }
    if (isIP(host) !== 0 || kind === 'localhost') return findings
    const found = await lookup(host).catch(() => null)
    return found === null ? [...findings, finding('name-unknown', host)] : findings
  },
}
