/** Values in groups, so that one group can be read without looking at all values. */
export interface Groups<Value> {
  add(group: string, value: Value): void
  remove(group: string, value: Value): void
  /** In the order in which they were added. */
  of(group: string): Iterable<Value>
}

export function createGroups<Value>(): Groups<Value> {
  const groups = new Map<string, Set<Value>>()
  return {
    add(group, value) {
      const values = groups.get(group)
      if (values === undefined) groups.set(group, new Set([value]))
      else values.add(value)
    },
    remove(group, value) {
      const values = groups.get(group)
      values?.delete(value)
      // An empty group would stay for ever.
      if (values?.size === 0) groups.delete(group)
    },
    of: (group) => groups.get(group) ?? [],
  }
}
