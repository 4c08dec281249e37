import type { Entry } from './types.ts'

/** How an entry of the list looks. `note`: worth a look, but it belongs to what was done. `fault`: something is wrong. */
export type Mood = 'normal' | 'note' | 'fault'

/** What was done to this controller. */
export interface Circumstances {
  /** False: the network was switched off by a button. */
  readonly network: boolean
  /** True: the session was ended by a button. */
  readonly ended: boolean
}

/** Statuses that ask for a login or a new token. The page and Pilot answer them by themselves. */
const TOKEN_STATUS = 401

export function moodOf(entry: Entry, { network, ended }: Circumstances): Mood {
  const expected = !network || ended
  switch (entry.type) {
    case 'fault':
      return 'fault'
    case 'withdrawn':
      return ended ? 'note' : 'fault'
    case 'http': {
      const status = Number(entry['status'])
      if (status === TOKEN_STATUS) return 'note'
      if (status > 0 && status < 400) return 'normal'
      return expected ? 'note' : 'fault'
    }
    case 'mqtt.state':
    case 'ws.state':
      if (entry['state'] !== 'disconnected') return 'normal'
      // Without a reason, Pilot itself has closed the connection, for example because the pilot left the platform.
      return entry['reason'] === null ? 'normal' : expected ? 'note' : 'fault'
    case 'topology':
      return entry['state'] === 'unanswered' ? 'fault' : 'normal'
    case 'callback':
      return entry['delivered'] === true ? 'normal' : 'note'
    case 'bridge':
      return codeOf(entry['answer']) === 0 ? 'normal' : 'note'
    case 'host':
      return hostMood(String(entry['name']), entry)
    default:
      return 'normal'
  }
}

/** The events of the host app that say that something was refused or does not work, and those that are worth a look. */
export const EVENT_MOODS: Readonly<Record<string, Mood | undefined>> = {
  'message.invalid': 'fault',
  'mqtt.refused': 'fault',
  'credentials.unused': 'fault',
  'gateway.unannounced': 'fault',
  'gateway.unclaimed': 'fault',
  'token.reused': 'fault',
  'login.failed': 'note',
  'login.throttled': 'note',
  'session.ended': 'note',
}

function hostMood(name: string, entry: Entry): Mood {
  const mood = EVENT_MOODS[name]
  if (mood !== undefined) return mood
  const reason = (entry['event'] as { readonly reason?: unknown } | undefined)?.reason
  return reason === 'connection_lost' || reason === 'silence' ? 'note' : 'normal'
}

/** The code in an answer of the bridge. 0 if it has none: some knobs answer with a plain value. */
function codeOf(answer: unknown): number {
  const found = /"code":\s*(-?\d+)/.exec(typeof answer === 'string' ? answer : JSON.stringify(answer) || '')
  return found === null ? 0 : Number(found[1])
}
