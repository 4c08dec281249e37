import { networkInterfaces } from 'node:os'
import { Server as TlsServer } from 'node:tls'
import type { UpgradeServer } from '../adapters/http/upgrade-gate.ts'
import type { ParsedOptions } from '../core/options/schema.ts'
import { loadPeer } from '../core/packages.ts'
import { type MachineAddress, reachable } from './addresses.ts'
import { type StartUpFacts, startUpText } from './lines.ts'
import { qrLines, type Screen, showsBlocks } from './qr.ts'

/** Shows in development how to reach the platform, once its server listens and its broker has started. */
export interface StartUp {
  /** The platform is served here. Only the first server is shown. */
  serves(server: UpgradeServer, mount: string): void
  /** Shows nothing from now on. */
  stop(): void
}

export interface StartUpParts extends Pick<StartUpFacts, 'publicUrl' | 'simulator' | 'mqtt'> {
  /** How a pilot logs in, in words. */
  readonly login: string
  /** Whether `login` contains a generated password: then it is shown even if no server is known. */
  readonly isGenerated: boolean
  /** Resolves or rejects when the broker has started or failed. */
  readonly ready: Promise<unknown>
  /** @default lines on the terminal */
  readonly print?: (line: string) => void
  readonly screen?: Screen
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly interfaces?: () => readonly MachineAddress[]
  /** Called after everything about the server was printed. */
  readonly shown?: () => void
}

export function createStartUp(parts: StartUpParts): StartUp {
  const { login, isGenerated, ready, mqtt } = parts
  const { print = (line) => console.info(line), screen = process.stdout, env = process.env } = parts
  const { interfaces = machineAddresses } = parts
  const broker = ready.then(
    () => mqtt,
    () => null,
  )
  let served = false
  let stopped = false
  let loginShown = false

  async function show(server: StartUpFacts['server']): Promise<void> {
    const address = await broker
    if (stopped || (server === null && served)) return
    const { publicUrl, simulator } = parts
    const { lines, link } = startUpText({
      ...{ server, publicUrl, simulator, mqtt: address },
      login: loginShown ? null : login,
    })
    loginShown = true
    for (const line of lines) print(line)
    for (const line of link === null ? [] : await codeOf(link, screen, env)) print(line)
    if (server !== null) parts.shown?.()
  }

  if (isGenerated) void show(null)
  return {
    serves(server, given) {
      if (served) return
      served = true
      const mount = given.replace(/\/+$/, '')
      const listening = (): void => {
        const at = reachable(server.address(), interfaces())
        void show({ scheme: server instanceof TlsServer ? 'https' : 'http', mount, at })
      }
      if (server.listening) listening()
      else server.once('listening', listening)
    },
    stop() {
      stopped = true
    },
  }
}

const machineAddresses = (): MachineAddress[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, family, internal }) => ({ name, address, family, internal })),
  )

type LeanQr = Pick<typeof import('lean-qr'), 'generate'>

/** A QR code of the link. Empty: the terminal cannot show one, or the optional package is not installed. */
async function codeOf(
  link: string,
  screen: Screen,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  if (!showsBlocks(screen, env, process.platform)) return []
  const library = await loadPeer<LeanQr>('lean-qr', 'the QR code').catch(() => null)
  if (library === null) return []
  const code = library.generate(link)
  const colors = !env['NO_COLOR']
  return qrLines(code.size, (x, y) => code.get(x, y), { columns: screen.columns, colors }) ?? []
}

type Login = { readonly username: string; readonly password: string } | null

/** The start-up lines of this platform. Null in production, in tests (NODE_ENV=test) and with `logger: false`. */
export function startUpOf(
  options: ParsedOptions,
  login: Login,
  platform: { readonly ready: () => Promise<unknown>; readonly mqttAddress: (host: string) => string },
): StartUp | null {
  const { environment, logger, publicUrl, simulator = true } = options
  if (environment !== 'development' || logger === false || process.env['NODE_ENV'] === 'test') return null
  return createStartUp({
    ...{ publicUrl, simulator },
    login: loginText(options, login),
    isGenerated: login !== null,
    ready: platform.ready(),
    mqtt: platform.mqttAddress,
  })
}

/** How pilots log in, in words. */
export function loginText(
  options: { readonly users?: unknown; readonly login?: { readonly label?: string | undefined } | undefined },
  generated: Login,
): string {
  if (generated !== null) return `${generated.username}, password ${generated.password}`
  const elsewhere = options.login === undefined ? '' : (options.login.label ?? 'the login of the app')
  if (options.users === false) return elsewhere || 'by a plugin'
  return `an account of the option users${elsewhere === '' ? '' : `, or ${elsewhere}`}`
}
