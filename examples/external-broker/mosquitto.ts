import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PLUGIN = process.env['MOSQUITTO_DYNSEC'] ?? '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so'

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 1883
}

/** Debian's Mosquitto with an account for the platform, on loopback, in its own directory, which is deleted when it stops. */
export async function startMosquitto() {
  const directory = mkdtempSync(join(tmpdir(), 'dji-cloud-example-'))
  const port = await freePort()
  const account = { username: 'dji-cloud', password: randomBytes(18).toString('base64url') }
  const file = join(directory, 'dynamic-security.json')
  execFileSync('mosquitto_ctrl', ['dynsec', 'init', file, account.username, account.password])
  const config = join(directory, 'mosquitto.conf')
  writeFileSync(
    config,
    [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      'retain_available false',
      // If it is started as root, Mosquitto changes to another user by default, and that user cannot read the file above.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `plugin ${PLUGIN}`,
      `plugin_opt_config_file ${file}`,
      'log_dest topic',
      'log_dest stderr',
      'log_type notice',
      'log_type information',
      '',
    ].join('\n'),
  )
  const path = `${process.env['PATH']}:/usr/sbin`
  const child = spawn('mosquitto', ['-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: path },
  })
  const gone = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (bytes) => String(bytes).includes('running') && resolve())
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}`)))
  })
  return {
    ...account,
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      child.kill()
      await gone
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
