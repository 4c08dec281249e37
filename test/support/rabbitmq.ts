import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { available, freePort, type Program, startProgram } from './process.ts'

// Not the one in /usr/sbin: that changes to a user who may not write where a test's files are.
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const CTL = '/usr/sbin/rabbitmqctl'
const run = promisify(execFile)

export const hasRabbitmq = (): boolean => available(SERVER, CTL)

export const SERVICE = { username: 'dji-cloud', password: 'only-for-these-tests' }

export interface RealRabbitmq {
  readonly url: string
  readonly management: string
  output(): string
  halt(signal?: NodeJS.Signals): Promise<void>
  resume(): Promise<void>
  stop(): Promise<void>
}

/**
 * Debian's RabbitMQ as a node of its own: own name, ports, directories and port mapper, all on loopback.
 * @param hooks address of the platform's hooks, with the secret: `http://x:secret@127.0.0.1:1/mqtt/hooks/rabbitmq`
 */
export async function startRabbitmq(hooks: string): Promise<RealRabbitmq> {
  const home = mkdtempSync(join(tmpdir(), 'dji-cloud-rabbitmq-'))
  const [mqtt, amqp, management, dist, epmd] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ])
  for (const name of ['mnesia', 'log']) mkdirSync(join(home, name))
  writeFileSync(
    join(home, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${amqp}`,
      `mqtt.listeners.tcp.1 = 127.0.0.1:${mqtt}`,
      'mqtt.allow_anonymous = false',
      'mqtt.vhost = /',
      'mqtt.exchange = amq.topic',
      `management.tcp.ip = 127.0.0.1`,
      `management.tcp.port = ${management}`,
      'auth_backends.1 = internal',
      'auth_backends.2 = http',
      'auth_http.http_method = post',
      ...['user', 'vhost', 'resource', 'topic'].map((name) => `auth_http.${name}_path = ${hooks}/${name}`),
      'log.console = true',
      'log.console.level = info',
      'log.file = false',
      `default_user = ${SERVICE.username}`,
      `default_pass = ${SERVICE.password}`,
      'default_user_tags.administrator = true',
      '',
    ].join('\n'),
  )
  writeFileSync(
    join(home, 'enabled_plugins'),
    '[rabbitmq_mqtt,rabbitmq_auth_backend_http,rabbitmq_management].\n',
  )
  const env = {
    ...process.env,
    HOME: home,
    RABBITMQ_NODENAME: `djicloud${mqtt}@localhost`,
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_PID_FILE: join(home, 'pid'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_RELAXED_COMMAND_CHECK: '1',
    ERL_CRASH_DUMP: join(home, 'crash'),
    ERL_EPMD_PORT: String(epmd),
  }
  const launch = (): Promise<Program> => startProgram(SERVER, [], /Server startup complete/, env)
  let program = await launch()
  return {
    url: `mqtt://127.0.0.1:${mqtt}`,
    management: `http://127.0.0.1:${management}`,
    output: () => program.output(),
    halt: (signal) => program.stop(signal),
    async resume() {
      program = await launch()
    },
    async stop() {
      await program.stop()
      // The port mapper is a process of its own and outlives the node.
      await run('/usr/bin/epmd', ['-port', String(epmd), '-kill'], { env }).catch(() => undefined)
      rmSync(home, { recursive: true, force: true })
    },
  }
}
