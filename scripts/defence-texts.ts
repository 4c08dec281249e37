/** A defence, and the replacement that removes it. */
export interface Defence {
  /** The row of facts H, or a word for its kind. Finds the tests by their name, unless `name` is given. */
  readonly row: string
  readonly without: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Further replacements in the same file. */
  readonly also?: readonly (readonly [find: string, replace: string])[]
  /** The file with the test that has to fail without the defence. */
  readonly tests?: string
  /** A regular expression for the names of its tests. */
  readonly name?: string
}

/** The test file of rows that name no file. */
export const SECTION_H = 'test/security/section-h.test.ts'

/**
 * Checks a list of defences before any test is run. Each text has to be in its file exactly once, because otherwise it
 * cannot be removed. Each test file has to exist.
 * @param defences rows as in `defences.ts`
 * @param read the text of a file of the repository, or null if there is no such file
 * @returns one sentence for each fault
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
