/** A client of ours, as the plugin lists it. */
export interface Entry {
  readonly username: string
  readonly textname?: string
  readonly textdescription?: string
  readonly disabled?: boolean
  readonly roles?: readonly { readonly rolename: string }[]
}

/** Stands in `textdescription` in place of an end. */
export const LEGACY = 'legacy'

/** A static account of ours, which has no end. */
export const isLegacy = ({ textdescription = '' }: Entry): boolean => textdescription.split(' ')[1] === LEGACY

/** Milliseconds since the epoch; null for what we have not written. */
export function expiryOf({ textdescription = '' }: Entry): number | null {
  const value = Number(textdescription.split(' ')[1])
  return Number.isFinite(value) && value > 0 ? value : null
}
