import { describe, test } from 'vitest'

/**
 * Suites that need a real server. Without it they are left out by name; with CI set that is a failure, for there the
 * server has to be.
 */
export function describeWith(server: string, binary: string | null, title: string, body: () => void): void {
  if (binary !== null) describe(title, body)
  else if (process.env['CI']) {
    test(`${title}: ${server} is not installed`, () => {
      throw new Error(`${server} is not installed, and with CI set this suite must not be left out`)
    })
  } else {
    console.warn(`left out, for ${server} is not installed: ${title}`)
    describe.skip(`${title} (left out: ${server} is not installed)`, body)
  }
}
