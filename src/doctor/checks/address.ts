import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { hostKind } from '../../bridge/diagnosis/addresses.ts'
import type { Check } from '../context.ts'
import { type Finding, finding } from '../findings.ts'

/** Can a controller find the server at all? */
export const address: Check = {
  title: 'address of the access link',
  async run({ url, local }) {
    const findings: Finding[] = []
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
    const kind = hostKind(host)
    if (!local) {
      if (kind === 'localhost') findings.push(finding('address-localhost', host))
      if (kind === 'container') findings.push(finding('address-single-label', host))
      if (kind === 'private') findings.push(finding('address-private', host))
      if (url.protocol === 'http:') findings.push(finding('page-http'))
    }
    if (isIP(host) !== 0 || kind === 'localhost') return findings
    const found = await lookup(host).catch(() => null)
    return found === null ? [...findings, finding('name-unknown', host)] : findings
  },
}
