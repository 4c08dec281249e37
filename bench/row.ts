/** One line of the table. To add one, add a file to `rows/` and its import to `rows/index.ts`. */
export interface Row {
  readonly name: string
  readonly goal: { readonly atLeast: number } | { readonly atMost: number }
  /** The unit, printed after both numbers; empty for a ratio. */
  readonly unit: string
  measure(): Promise<Measured>
}

export interface Measured {
  readonly value: number
  /** The values behind the number, such as both medians. */
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
