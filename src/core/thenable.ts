/** Not by `instanceof`: a promise of another realm, or a query of a database library, is one as well. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { readonly then?: unknown } | null)?.then === 'function'
