/** A defence, and what takes it away. */
export interface Defence {
  /** The row of facts H, or a word for its kind. Tests are found by it unless `name` says which. */
  readonly row: string
  readonly without: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Further replacements in the same file. */
  readonly also?: readonly (readonly [find: string, replace: string])[]
  /** The file with the test that has to fail then. */
  readonly tests?: string
  /** A regular expression for the names of its tests. */
  readonly name?: string
}

/** Where a row's test is if the row names no file. */
export const SECTION_H = 'test/security/section-h.test.ts'

/**
 * What is wrong with a list of defences before any test is run: a text that is not in its file exactly once cannot be
 * taken away, and a test file that is not there notices nothing.
 * @param defences rows as in `defences.ts`
 * @param read the text of a file of the repository, or null if there is no such file
 * @returns one sentence a fault
 */
export function textFaults(defences: readonly Defence[], read: (file: string) => string | null): string[] {
  return defences.flatMap(({ row, without, file, find, also = [], tests = SECTION_H }) => {
    const at = `${row}, without ${without}: `
    const faults: string[] = []
    if (read(tests) === null) faults.push(`${at}there is no test file ${tests}`)
    const text = read(file)
    if (text === null) return [...faults, `${at}there is no file ${file}`]
    for (const part of [find, ...also.map(([from]) => from)]) {
      const times = text.split(part).length - 1
      if (times !== 1) faults.push(`${at}${file} has this text ${times} times instead of once: ${part}`)
    }
    return faults
  })
}
