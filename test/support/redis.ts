import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBinary, freePort } from './server-binary.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

export const REDIS = findBinary('redis-server')

export interface TestRedis extends ServerProcess {
  readonly url: string
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

/** A real Redis on a port of its own, that keeps its data over a kill. */
export async function startRedis(): Promise<TestRedis> {
  if (REDIS === null) throw new Error('redis-server is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'dji-cloud-redis-'))
  const port = await freePort()
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    save: '',
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
  }
  const server = serverProcess({
    file: REDIS,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    options: { cwd: folder },
    ready: /Ready to accept connections/,
  })
  await server.start()
  return {
    ...server,
    url: `redis://127.0.0.1:${port}`,
    async remove() {
      await server.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
