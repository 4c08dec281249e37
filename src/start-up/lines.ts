import { inUrl, type Reachable } from './addresses.ts'

/** The server of the app. */
export interface KnownServer {
  readonly scheme: 'http' | 'https'
  /** Without a slash at the end. */
  readonly mount: string
  /** Null: it listens on a Unix socket. */
  readonly at: Reachable | null
}

/** What is known when the app has started. */
export interface StartUpFacts {
  /** Null: no server is known yet. */
  readonly server: KnownServer | null
  /** The option of that name. */
  readonly publicUrl: string | undefined
  readonly simulator: boolean
  /** How a pilot logs in, in words. Null: it was shown already. */
  readonly login: string | null
  /** The MQTT address for this host name. Null: the broker did not start. */
  readonly mqtt: ((host: string) => string) | null
}

/** The lines, and the link for the QR code. */
export interface StartUpText {
  readonly lines: readonly string[]
  /** Null: there is no link that another device can open. */
  readonly link: string | null
}

const NAME = 'dji-cloud'

/** The start-up lines of development: what to type on the controller, the simulator, the login, and the MQTT address. */
export function startUpText(facts: StartUpFacts): StartUpText {
  const { server, publicUrl, login } = facts
  const links = server === null ? null : linksOf(server, publicUrl)
  const rows: [label: string, value: string][] = []
  if (links !== null) rows.push(['access link', `${links.access}${links.note}`])
  if (links !== null && facts.simulator && links.simulator !== null) rows.push(['simulator', links.simulator])
  if (login !== null) rows.push(['login', login])
  if (server !== null) rows.push(['MQTT', mqttOf(server, facts)])
  return { lines: aligned(rows), link: links?.isRemote === true ? links.access : null }
}

interface Links {
  readonly access: string
  /** Null: the address is not known. */
  readonly simulator: string | null
  /** Added to the access link. */
  readonly note: string
  /** Whether another device can open the access link. */
  readonly isRemote: boolean
}

function linksOf({ at, scheme, mount }: KnownServer, publicUrl: string | undefined): Links {
  if (publicUrl !== undefined) {
    const access = `${publicUrl.replace(/\/+$/, '')}/pilot`
    return { access, simulator: `${access}/simulator`, note: '', isRemote: true }
  }
  if (at === null)
    return {
      ...{ access: 'not known, because the app has no port', simulator: null, isRemote: false },
      note: ': set publicUrl to the address of the proxy',
    }
  const on = (host: string): string => `${scheme}://${inUrl(host)}:${at.port}${mount}/pilot`
  const isRemote = at.host !== 'localhost'
  const others = at.others.length > 0 ? ` (or at ${at.others.slice(0, 2).join(', ')})` : ''
  const note = isRemote ? others : ' (from this machine only)'
  return { access: on(at.host), simulator: `${on(at.here)}/simulator`, note, isRemote }
}

function mqttOf({ at }: KnownServer, { publicUrl, mqtt }: StartUpFacts): string {
  if (mqtt === null) return 'the broker did not start; the error above says why'
  return mqtt(publicUrl === undefined ? (at?.host ?? 'localhost') : new URL(publicUrl).hostname)
}

function aligned(rows: readonly (readonly [label: string, value: string])[]): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length))
  return rows.map(
    ([label, value], index) =>
      `${(index === 0 ? NAME : '').padEnd(NAME.length)}  ${label.padEnd(width)}  ${value}`,
  )
}
