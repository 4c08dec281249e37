/** An address cannot be rebound, and `.local` and `.localhost` are no names of the internet. */
const FIXED = /^(?:localhost|[\w-]+\.local|[\w.-]+\.localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i

/**
 * Whether this `Host` is one that a hostile page cannot have pointed at us (DNS rebinding): an address, a name of the own
 * machine or network, or the public one.
 * @param host with or without a port
 * @param publicUrl the option of that name
 */
export function isOwnHost(host: string, publicUrl: string | undefined): boolean {
  const name = host.replace(/:\d{1,5}$/, '')
  return FIXED.test(name) || (publicUrl !== undefined && new URL(publicUrl).hostname === name.toLowerCase())
}
