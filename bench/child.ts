import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const programs = new URL('./programs/', import.meta.url)

/**
 * Starts one of `programs/` in its own process, as plain JavaScript without a loader: it loads dji-cloud like an
 * installed package, and no loader slows down the measurement.
 * @returns the process and its first message
 */
export async function start<Hello>(
  program: string,
  ...args: string[]
): Promise<{ child: ChildProcess; hello: Hello }> {
  const child = fork(fileURLToPath(new URL(program, programs)), args, {
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'development', NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [hello] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${program} ended with ${code}`))),
  ])) as [Hello]
  return { child, hello }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
