import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ask } from './http.ts'

const PROGRAM = fileURLToPath(new URL('../programs/host.ts', import.meta.url))

/** A host in a process of its own, with its stores at this address. */
export async function startHost(storeUrl: string) {
  const child = fork(PROGRAM, [storeUrl], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const died = once(child, 'exit')
  const [hello] = await Promise.race([
    once(child, 'message'),
    died.then(([code]) => Promise.reject(new Error(`the host ended with ${code}`))),
  ])
  const { url, mqtt } = hello as { url: string; mqtt: string }
  return {
    mqtt,
    post: (path: string, token: string, body: unknown = {}) =>
      ask(url, `/manage/api/v1${path}`, {
        method: 'POST',
        body,
        headers: token === '' ? {} : { 'x-auth-token': token },
      }),
    /** How it ended; null while it lives. */
    ended: () => child.exitCode ?? child.signalCode,
    /** No chance to say goodbye. */
    async kill() {
      child.kill('SIGKILL')
      await died
    },
  }
}
