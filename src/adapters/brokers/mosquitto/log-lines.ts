/** A line of Mosquitto's log about a connection (`log_dest topic`, level notice) [seen, 2.0.11]. */
export type LogLine =
  | {
      readonly kind: 'connected'
      readonly clientId: string
      readonly username: string
      readonly address: string
    }
  | { readonly kind: 'disconnected'; readonly clientId: string }

const CONNECTED = /New client connected from (\S+?)(?::\d+)? as (\S+) \(.*u'([^']*)'\)\.$/
const DISCONNECTED =
  /Client (\S+) (?:disconnected|closed its connection|has exceeded timeout|been disconnected)/

export function readLogLine(line: string): LogLine | null {
  const [, address, name, username] = CONNECTED.exec(line) ?? []
  if (address !== undefined && name !== undefined && username !== undefined)
    return { kind: 'connected', clientId: name, username, address }
  const [, gone] = DISCONNECTED.exec(line) ?? []
  return gone === undefined ? null : { kind: 'disconnected', clientId: gone }
}
