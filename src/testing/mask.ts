/** Names of fields, headers and query parameters whose value is never shown. */
const SECRET_NAME = /token|passw|pwd|secret|app_?(id|key)|license|licence|nonce|authorization|cookie/i
const MASK = '***'
/** A shorter value may also occur by chance in other texts, so it is not replaced there. */
const SHORTEST = 6

/**
 * Removes secrets from everything that is logged. It knows them by the name of their field, and after `learn` by their
 * value.
 */
export interface Mask {
  /** Masks `secret` in every later text that contains it. */
  learn(secret: unknown): void
  /** A copy without secrets. It also looks into JSON texts and URLs. */
  apply<T>(value: T): T
}

/**
 * Makes a mask that knows no value yet.
 *
 * @example
 * createMask().apply({ name: 'pia', token: 'fake-token' }) // { name: 'pia', token: '***' }
 */
export function createMask(): Mask {
  const known = new Set<string>()

  const text = (value: string): string => {
    let masked = value
    for (const secret of known) if (masked.includes(secret)) masked = masked.split(secret).join(MASK)
    const trimmed = masked.trimStart()
    if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
      try {
        return JSON.stringify(walk(JSON.parse(masked)))
      } catch {
        return masked
      }
    }
    return masked.replace(/([?&][^=&#\s]*(?:token|password|secret)[^=&#\s]*=)[^&#\s]*/gi, `$1${MASK}`)
  }

  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(walk)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        SECRET_NAME.test(name) && hides(inner) ? MASK : walk(inner),
      ]),
    )
  }

  return {
    learn(secret) {
      if (typeof secret !== 'string' || secret.length < SHORTEST) return
      known.add(secret)
      known.add(encodeURIComponent(secret))
    },
    apply: <T>(value: T) => walk(value) as T,
  }
}

/** `token: null` and `token: ""` contain no secret and are useful to read, so they are not masked. */
const hides = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && typeof value !== 'boolean'
