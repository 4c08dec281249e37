import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Chromium {
  /** `ws://` address of the browser's debugging protocol, on loopback. */
  readonly endpoint: string
  close(): Promise<void>
}

const FLAGS = [
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
]

const STARTUP_MS = 20_000

/**
 * Starts a browser with its own profile, which is deleted when the browser ends. The sandbox is off only for root,
 * because Chromium has none for root.
 */
export async function launchChromium(path: string): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'dji-cloud-chromium-'))
  const flags = process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: process.platform !== 'win32',
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const orphan = (): void => end(child)
  process.once('exit', orphan)
  const close = async (): Promise<void> => {
    process.off('exit', orphan)
    end(child)
    await ended
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    return { endpoint: await endpointOf(child, ended), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The browser and the processes that it started form one process group, so that all of them can be ended together. */
function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

async function endpointOf(child: ChildProcess, ended: Promise<void>): Promise<string> {
  if (child.stderr === null) throw new Error('Chromium has no output.')
  const lines = createInterface({ input: child.stderr })
  const limit = AbortSignal.timeout(STARTUP_MS)
  const said = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const gone = ended.then(() => Promise.reject(new Error('Chromium ended while it started.')))
  const late = once(limit, 'abort').then(() => Promise.reject(new Error('Chromium did not start in time.')))
  return Promise.race([said, gone, late])
}
