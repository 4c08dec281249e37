/** A client that this package created, as the plugin lists it. */
export interface Entry {
  readonly username: string
  readonly textname?: string
  readonly textdescription?: string
  readonly disabled?: boolean
  readonly roles?: readonly { readonly rolename: string }[]
}

/** Written to `textdescription` instead of an expiry. */
export const LEGACY = 'legacy'

/** A static account that this package created. It has no expiry. */
export const isLegacy = ({ textdescription = '' }: Entry): boolean => textdescription.split(' ')[1] === LEGACY

/** Milliseconds since the epoch; null for what we have not written. */
export function expiryOf({ textdescription = '' }: Entry): number | null {
  const value = Number(textdescription.split(' ')[1])
  return Number.isFinite(value) && value > 0 ? value : null
}
