import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { brotliDecompress } from 'node:zlib'

/** The oldest engine that a controller is believed to have, and Debian's newest: a page that works in both works between. */
export const ENGINES = ['chromium-70', 'chromium'] as const
export type Engine = (typeof ENGINES)[number]

const COMMON = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-port=0',
]

/** Chromium 70 comes from an npm package as one compressed file; it needs its processes in one. */
async function oldChromium(): Promise<string> {
  const packed = join(
    dirname(createRequire(import.meta.url).resolve('chrome-aws-lambda/package.json')),
    'bin/chromium-70.0.3508.0.br',
  )
  const folder = fileURLToPath(new URL('../../.cache/', import.meta.url))
  const path = join(folder, 'chromium-70')
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  const bytes = await new Promise<Buffer>((resolve, reject) =>
    readFile(packed).then(
      (file) => brotliDecompress(file, (error, result) => (error ? reject(error) : resolve(result))),
      reject,
    ),
  )
  // Two test files may unpack at once: the rename decides, and nobody ever starts half a file.
  const part = `${path}.${process.pid}`
  await writeFile(part, bytes)
  await chmod(part, 0o755)
  await rename(part, path)
  return path
}

export interface Chromium {
  readonly port: number
  close(): Promise<void>
}

const newChromium = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** False where an engine is not installed: the caller says what it left out. */
export const hasEngine = (engine: Engine): boolean => engine === 'chromium-70' || existsSync(newChromium)

export async function launchChromium(engine: Engine): Promise<Chromium> {
  const path = engine === 'chromium-70' ? await oldChromium() : newChromium
  const profile = await mkdtemp(join(tmpdir(), 'dji-cloud-browser-'))
  const own = engine === 'chromium-70' ? ['--single-process', '--no-zygote'] : []
  const child = spawn(path, [...COMMON, ...own, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const orphan = (): void => killGroup(child)
  process.once('exit', orphan)
  const close = async (): Promise<void> => {
    process.off('exit', orphan)
    killGroup(child)
    await gone
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    return { port: await debuggingPort(child), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The browser and the processes that it started: they are a process group of their own. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

function debuggingPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const timer = setTimeout(
      () => reject(new Error(`The browser did not start:\n${said.join('\n')}`)),
      25_000,
    )
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The browser ended with ${code}:\n${said.join('\n')}`)))
    if (child.stderr === null) return reject(new Error('The browser has no stderr.'))
    createInterface(child.stderr).on('line', (line) => {
      said.push(line)
      const port = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(line)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve(Number(port))
    })
  })
}
