import { lookup } from 'node:dns/promises'
import type { Check } from '../context.ts'
import { type Finding, finding } from '../findings.ts'
import { hostClass } from '../host-class.ts'

/** Can a controller find the server at all? */
export const address: Check = {
  title: 'address of the access link',
  async run({ url, local }) {
    const findings: Finding[] = []
    const kind = hostClass(url.hostname)
    if (!local) {
      if (kind === 'localhost') findings.push(finding('address-localhost', url.hostname))
      if (kind === 'single-label') findings.push(finding('address-single-label', url.hostname))
      if (kind === 'private') findings.push(finding('address-private', url.hostname))
      if (url.protocol === 'http:') findings.push(finding('page-http'))
    }
    if (kind !== 'name' && kind !== 'single-label') return findings
    const found = await lookup(url.hostname).catch(() => null)
    return found === null ? [...findings, finding('name-unknown', url.hostname)] : findings
  },
}
