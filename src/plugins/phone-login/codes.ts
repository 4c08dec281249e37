import { createHash, randomBytes, randomInt } from 'node:crypto'

/**
 * No vowels, so that no word comes out by chance, and nothing that looks like another letter or a digit (RFC 8628, section
 * 6.1). 20 letters at 8 places are 2.5 * 10^10 codes.
 */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8
const USER_CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)
/** More than anybody types into the field, with spaces and hyphens. */
const LONGEST = 64

/** Where the codes come from; tests give their own. */
export interface Random {
  /** A whole number from 0 to below `limit`, each as likely as the others. */
  readonly below: (limit: number) => number
  readonly bytes: (count: number) => Uint8Array
}

export const cryptoRandom: Random = {
  below: (limit) => randomInt(limit),
  bytes: (count) => randomBytes(count),
}

/** A code for people, such as `WDJBMJHT`. */
export const newUserCode = ({ below }: Random): string =>
  Array.from({ length: LENGTH }, () => ALPHABET.charAt(below(ALPHABET.length))).join('')

/** As both ends show it: `WDJB-MJHT`. */
export const shownCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`

/** A code as somebody typed it: small letters, spaces, hyphens and full-width letters do not matter. Null: it cannot be one. */
export function readUserCode(typed: string): string | null {
  if (typed.length > LONGEST) return null
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
  return USER_CODE.test(code) ? code : null
}

/** 256 bits: nobody guesses it. */
export const newDeviceCode = ({ bytes }: Random): string => Buffer.from(bytes(32)).toString('base64url')

/** What a request or a decision is called in the store. It opens nothing. */
export const newId = ({ bytes }: Random): string => Buffer.from(bytes(16)).toString('base64url')

/** A secret of 256 bits needs no slow hash. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
