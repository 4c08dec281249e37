import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { readForeignHash } from './foreign-hashes.ts'

/** scrypt's cost: N = 2^ln, block size r, parallelism p. OWASP's floor is N=2^17; 2^15 keeps 32 MiB a login. */
export interface ScryptCost {
  readonly ln: number
  readonly r: number
  readonly p: number
}

export const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 3 }

const LENGTH = 32
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{8,88})\$([A-Za-z0-9+/]{8,128})$/

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function derive(password: string, salt: Buffer, length: number, cost: ScryptCost): Promise<Buffer> {
  const N = 2 ** cost.ln
  const options: ScryptOptions = { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r }
  return new Promise((resolve, reject) => {
    // NFKC, so that the same letters typed on another keyboard are the same password.
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/**
 * For `passwordHash` of an account, or for a user table of your own. Takes some 100 ms and 32 MiB, on purpose.
 * @param password any text; it is normalized (NFKC), so the same letters typed on another keyboard fit
 * @param cost more than the default for hosts that can afford it; each hash holds its own
 * @returns a PHC string with a new salt, `$scrypt$ln=15,r=8,p=3$salt$hash`
 */
export async function hashPassword(password: string, cost: ScryptCost = DEFAULT_COST): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, LENGTH, cost)
  return phcOf(cost, salt, key)
}

/**
 * A hash that no password has, for names that do not exist. To check it costs as much as to check a hash of
 * `hashPassword`. It is written out here, because computing it would make the first unknown name take twice as long.
 */
export function unknownHash(cost: ScryptCost = DEFAULT_COST): string {
  return phcOf(cost, randomBytes(16), randomBytes(LENGTH))
}

const phcOf = ({ ln, r, p }: ScryptCost, salt: Buffer, key: Buffer): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`

function parse(
  phc: string,
): { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer } | null {
  const match = PHC.exec(phc)
  if (match === null) return null
  const [, ln, r, p, salt = '', key = ''] = match
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  // Do not trust the cost in a stored string: a very high one would stall the server.
  if (cost.ln < 1 || cost.ln > 20 || cost.r < 1 || cost.r > 32 || cost.p < 1 || cost.p > 16) return null
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

/**
 * Checks a password against a hash of `hashPassword`, of bcrypt (`$2a$`, `$2b$`, `$2y$`) or of argon2id. For the last
 * two, install `bcrypt` (or `bcryptjs`) or `argon2` next to this package. The event loop is not blocked.
 * @returns false also if the string is not such a hash, or has a cost that is far too high, so that a broken row cannot
 * be used to log in
 * @throws DjiCloudError PACKAGE_MISSING, with the package to install
 */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const stored = parse(phc)
  if (stored === null) {
    const foreign = readForeignHash(phc)
    return foreign?.affordable === true && (await foreign.verify(password))
  }
  const key = await derive(password, stored.salt, stored.key.length, stored.cost)
  return timingSafeEqual(key, stored.key)
}

/** True when the stored hash was made with a lower cost than `cost`: hash again at the next login. */
export function needsRehash(phc: string, cost: ScryptCost = DEFAULT_COST): boolean {
  const stored = parse(phc)
  return stored === null || stored.cost.ln < cost.ln || stored.cost.r < cost.r || stored.cost.p < cost.p
}
