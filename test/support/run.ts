import { execFile } from 'node:child_process'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. A program that does not end in time is killed and counts as failed. */
export const run = (
  file: string,
  args: readonly string[],
  cwd: string,
  timeout = 120_000,
): Promise<Finished> =>
  new Promise((resolve) => {
    // The consumer is no part of this test run: NODE_ENV and Vitest's own variables are none of its business.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(NODE_ENV|VITEST.*|DJI_.*)$/.test(name)),
    )
    execFile(file, args, { cwd, env, timeout, maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, stderr })
    })
  })

/** The same, where anything but success is the test's failure and its output the reason. */
export async function succeed(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, cwd)
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
  return stdout
}
