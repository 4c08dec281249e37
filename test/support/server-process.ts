import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A server of a test, which is started, killed, frozen and started again. */
export interface ServerProcess {
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** @param signal and waits for its end */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** It keeps its connections and answers nothing. */
  freeze(): void
  thaw(): void
}

interface How {
  readonly file: string
  readonly args: readonly string[]
  readonly options: SpawnOptions
  /** Line of its output that says that it takes connections. */
  readonly ready: RegExp
}

export function serverProcess({ file, args, options, ready }: How): ServerProcess {
  let child: ChildProcess | null = null

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const dying = child
    child = null
    if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return
    const gone = once(dying, 'exit')
    dying.kill(signal)
    // A frozen process dies when it goes on.
    dying.kill('SIGCONT')
    await gone
  }

  return {
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async start() {
      const started = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      let output = ''
      await new Promise<void>((resolve, reject) => {
        const read = (chunk: Buffer) => {
          output += chunk.toString()
          if (ready.test(output)) resolve()
        }
        started.stdout?.on('data', read)
        started.stderr?.on('data', read)
        started.once('error', reject)
        started.once('exit', (code) => reject(new Error(`${file} ended with ${code}\n${output}`)))
      })
    },
  }
}
