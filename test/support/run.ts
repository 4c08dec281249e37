import { execFile } from 'node:child_process'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface How {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** ms */
  readonly timeout?: number
}

// A program started by a test is no part of the test run: these variables are none of its business.
const OURS = /^(NODE_ENV|NODE_OPTIONS|VITEST.*|DJI_.*|TEST|PORT)$/

export const cleanEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)))

/** Runs a program to its end. One that does not end in time is killed and counts as failed. */
export const run = (file: string, args: readonly string[], how: How): Promise<Finished> =>
  new Promise((resolve) => {
    const { cwd, env = {}, timeout = 120_000 } = how
    const options = { cwd, env: { ...cleanEnvironment(), ...env }, timeout, maxBuffer: 16 * 2 ** 20 }
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, stderr })
    })
  })

/** The same, where anything but success is the test's failure and its output the reason. */
export async function succeed(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, { cwd })
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
  return stdout
}
