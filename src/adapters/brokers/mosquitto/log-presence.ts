import type { ToldPresence } from '../external/told-presence.ts'
import { readLogLine } from './log-lines.ts'

/** Who comes and goes, from the lines that Mosquitto logs to a topic. Without `log_dest topic` there are none. */
export function takeLogLine(line: string, presence: ToldPresence): void {
  const read = readLogLine(line)
  if (read === null) return
  if (read.kind === 'disconnected') presence.disconnected(read.clientId)
  else presence.connected(read.clientId, read.clientId, read.username, read.address)
}
