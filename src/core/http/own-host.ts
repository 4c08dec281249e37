/**
 * Host names that an attacker cannot point at this machine: addresses, and names that do not exist in the public DNS.
 */
const FIXED = /^(?:localhost|[\w-]+\.local|[\w.-]+\.localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i

/**
 * Whether this `Host` is safe from DNS rebinding: it is an address, a name of the own machine or network, or the host
 * of `publicUrl`. A hostile page could point any other name at us.
 * @param host with or without a port
 * @param publicUrl the option of that name
 */
export function isOwnHost(host: string, publicUrl: string | undefined): boolean {
  const name = host.replace(/:\d{1,5}$/, '')
  return FIXED.test(name) || (publicUrl !== undefined && new URL(publicUrl).hostname === name.toLowerCase())
}
