import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What a controller's account needs: its topics with dots for slashes, and the streams in which NATS keeps MQTT sessions. */
const CONTROLLERS = {
  publish: ['sys.product.>', 'thing.product.>'],
  subscribe: ['sys.product.>', 'thing.product.>', '$MQTT.sub.>'],
}

/** Debian's NATS server with MQTT, on loopback, in its own directory, which is deleted when it stops. */
export async function startNats() {
  const directory = mkdtempSync(join(tmpdir(), 'dji-cloud-nats-'))
  const [mqtt, nats, http] = [await freePort(), await freePort(), await freePort()]
  const password = (): string => randomBytes(18).toString('base64url')
  const service = { username: 'dji-cloud', password: password() }
  const controllers = { username: 'controllers', password: password() }
  const user = ({ username, password: secret }: typeof service, permissions?: object) => ({
    user: username,
    password: secret,
    allowed_connection_types: ['MQTT'],
    ...(permissions === undefined ? {} : { permissions }),
  })
  const config = join(directory, 'nats.conf')
  // NATS also reads JSON as configuration.
  const content = JSON.stringify({
    server_name: 'dji-cloud',
    host: '127.0.0.1',
    port: nats,
    http: `127.0.0.1:${http}`,
    jetstream: { store_dir: join(directory, 'jetstream') },
    mqtt: { host: '127.0.0.1', port: mqtt },
    authorization: { users: [user(service), user(controllers, CONTROLLERS)] },
  })
  writeFileSync(config, content, { mode: 0o600 })

  let running = await launch(config)
  return {
    options: {
      url: `mqtt://127.0.0.1:${mqtt}`,
      monitoring: `http://127.0.0.1:${http}`,
      ...service,
      controllers,
    },
    /** Stops it and keeps its stored data. */
    halt: () => end(running),
    async resume() {
      running = await launch(config)
    },
    async stop() {
      await end(running)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function launch(config: string) {
  const path = `${process.env['PATH']}:/usr/sbin`
  const child = spawn('nats-server', ['-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: path },
  })
  const gone = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (bytes) => String(bytes).includes('Server is ready') && resolve())
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}`)))
  })
  return { child, gone }
}

async function end({ child, gone }: Awaited<ReturnType<typeof launch>>): Promise<void> {
  child.kill()
  await gone
}
