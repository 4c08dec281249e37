/** Names of fields, headers and query parameters whose value is never shown. */
const SECRET_NAME = /token|passw|pwd|secret|app_?(id|key)|license|licence|nonce|authorization|cookie/i
const MASK = '***'
/** Shorter values are too common to be replaced wherever they occur. */
const SHORTEST = 6

/** Takes secrets out of everything that is logged: by the name they stand under, and by their value once it is known. */
export interface Mask {
  /** Every later text that contains `secret` is masked. */
  learn(secret: unknown): void
  /** A copy without secrets; JSON texts and URLs are looked into. */
  apply<T>(value: T): T
}

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

/** `token: null` and `token: ""` say something and hide nothing. */
const hides = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && typeof value !== 'boolean'
