/** One line of the table. A later issue adds a file to `rows/` and one import to `rows/index.ts`. */
export interface Row {
  readonly name: string
  readonly goal: { readonly atLeast: number } | { readonly atMost: number }
  /** Written behind both numbers; empty for a ratio. */
  readonly unit: string
  measure(): Promise<Measured>
}

export interface Measured {
  readonly value: number
  /** What the number was made of, such as both medians. */
  readonly detail: string
}

export const reaches = (goal: Row['goal'], value: number): boolean =>
  'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new RangeError('median of nothing')
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
