import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'

/** A port that was free a moment ago, for programs that cannot be told to choose one. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })

/** Whether a suite can run; with CI set a missing program fails it instead. */
export function available(...files: readonly string[]): boolean {
  const missing = files.filter((file) => !existsSync(file))
  if (missing.length === 0) return true
  if (process.env.CI) throw new Error(`CI is set, and missing: ${missing.join(', ')}`)
  return false
}

export interface Program {
  readonly pid: number
  /** Everything that it has written. */
  output(): string
  /** Resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
  readonly child: ChildProcess
}

/** Starts a program and waits until it has written `ready`. */
export async function startProgram(
  file: string,
  args: readonly string[],
  ready: RegExp,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Program> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${file} is not ready: ${written}`)), 60_000)
    const take = (bytes: Buffer): void => {
      written += bytes.toString()
      if (written.length > 200_000) written = written.slice(-100_000)
      if (!ready.test(written)) return
      clearTimeout(late)
      resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${written}`)))
  })
  return {
    pid: child.pid ?? 0,
    child,
    output: () => written,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
        await gone
        clearTimeout(force)
      }
    },
  }
}
