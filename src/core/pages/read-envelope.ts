/** An answer of the API, as clients read it. */
export interface Envelope {
  /** 0 is success. */
  readonly code: number
  /** '' where it has none. */
  readonly message: string
  /** Null where it has none. */
  readonly data: unknown
}

/** Null: the text is none. It may come from something else than the platform (a proxy, a hotel's Wi-Fi) and have any form. */
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
