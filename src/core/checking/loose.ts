/** Any of these fields; `undefined` is not given, also for hosts that compile with `exactOptionalPropertyTypes`. */
export type Loose<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** What is given, to be laid over defaults: an `undefined` would replace one. */
export const written = <T extends object>(fields: Loose<T> | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>
