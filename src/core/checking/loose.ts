/** Any of these fields. `undefined` counts as not given, also for hosts that compile with `exactOptionalPropertyTypes`. */
export type Loose<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** The fields that are given, to spread over defaults: an `undefined` would replace a default. */
export const written = <T extends object>(fields: Loose<T> | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>
