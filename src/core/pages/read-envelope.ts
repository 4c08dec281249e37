/** An answer of the API, as clients read it. */
export interface Envelope {
  /** 0 is success. */
  readonly code: number
  /** '' if the answer has no message. */
  readonly message: string
  /** Null if the answer has no data. */
  readonly data: unknown
}

/**
 * Null: the text is not an answer of the API. It may come from a proxy or a hotel's Wi-Fi instead of the platform, and
 * have any form.
 */
export function readEnvelope(text: string): Envelope | null {
  try {
    const { code, message, data } = JSON.parse(text) as Partial<Envelope>
    if (typeof code !== 'number') return null
    return {
      code,
      message: typeof message === 'string' ? message : '',
      data: data === undefined ? null : data,
    }
  } catch {
    return null
  }
}
