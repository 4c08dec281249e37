import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { available, freePort, type Program, startProgram } from './process.ts'

const PROGRAM = '/usr/sbin/mosquitto'
const CONTROL = '/usr/bin/mosquitto_ctrl'
const PLUGIN = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so'

export const hasMosquitto = (): boolean => available(PROGRAM, CONTROL, PLUGIN)

export const ADMIN = { username: 'dji-cloud', password: 'only-for-these-tests' }

export interface RealMosquitto {
  readonly url: string
  readonly port: number
  /** Of the process that runs now. */
  pid(): number
  output(): string
  /** `SIGKILL`: without a word to anybody. */
  halt(signal?: NodeJS.Signals): Promise<void>
  /** On the same port, with what it had stored. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/** Debian's Mosquitto on a port and in a directory of its own, with dynamic security or with one shared account. */
export async function startMosquitto(kind: 'dynsec' | 'shared' = 'dynsec'): Promise<RealMosquitto> {
  const directory = mkdtempSync(join(tmpdir(), 'dji-cloud-mosquitto-'))
  const port = await freePort()
  const common = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous false',
    'user root',
    'log_dest stderr',
    'log_dest topic',
    'log_type notice',
    'log_type error',
    'log_type information',
    'connection_messages true',
    'retain_available false',
    'persistence false',
  ]
  if (kind === 'dynsec') {
    const file = join(directory, 'dynsec.json')
    execFileSync(CONTROL, ['dynsec', 'init', file, ADMIN.username, ADMIN.password])
    common.push(`plugin ${PLUGIN}`, `plugin_opt_config_file ${file}`)
  } else {
    const file = join(directory, 'passwords')
    writeFileSync(file, `${ADMIN.username}:${ADMIN.password}\n`, { mode: 0o600 })
    execFileSync('/usr/bin/mosquitto_passwd', ['-U', file])
    common.push(`password_file ${file}`)
  }
  const config = join(directory, 'mosquitto.conf')
  writeFileSync(config, `${common.join('\n')}\n`)
  const launch = (): Promise<Program> => startProgram(PROGRAM, ['-c', config], /mosquitto version .* running/)
  let program = await launch()
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    pid: () => program.pid,
    output: () => program.output(),
    halt: (signal) => program.stop(signal),
    async resume() {
      program = await launch()
    },
    async stop() {
      await program.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
