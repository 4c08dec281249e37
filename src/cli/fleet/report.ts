import type { Terminal } from '../terminal.ts'
import type { LedgerFigures, Spread } from './figures.ts'

export interface FleetResult extends LedgerFigures {
  readonly url: string
  readonly count: number
  readonly rate: number
  /** How long the aircraft flew. */
  readonly seconds: number
  readonly online: number
  /** Why the other controllers did not come online: message and count. */
  readonly failures: Readonly<Record<string, number>>
  /** Connections that broke and were not back at the end. */
  readonly connectionsLost: number
  /** Connections that broke and came back, as after a restart or a deployment. */
  readonly connectionsReturned: number
  /** How often the watching front end's WebSocket broke. It connects again. */
  readonly frontEndBroke: number
  /** Time from the access link to the answered topology, in ms. */
  readonly entry: Spread
  readonly statusReply: Spread
  /** Aircraft whose last report never arrived. */
  readonly missing: number
}

const ms = ({ p50, p99, max }: Spread): string => `${p50} / ${p99} / ${max} ms`

export function inWords(result: FleetResult, { paint }: Terminal): string[] {
  const { count, online, seconds, sent, pushed, superseded, missing, disorder, connectionsLost } = result
  const perSecond = (total: number): string => (seconds === 0 ? '-' : `${Math.round(total / seconds)}/s`)
  const none = (value: number): string => paint(value === 0 ? 'green' : 'red', String(value))
  const rows: [string, string][] = [
    ['controllers online', `${paint(online === count ? 'green' : 'red', String(online))} of ${count}`],
    ['flown', `${seconds} s, ${result.rate} reports per second from each device`],
    ['', ''],
    ['delays', '50 % / 99 % / worst'],
    ['  link to topology answered', ms(result.entry)],
    ['  update_topo to status_reply', ms(result.statusReply)],
    ['  report to push', ms(result.delay)],
    ['', ''],
    ['aircraft reports sent', `${sent} (${perSecond(sent)}; the controllers send as many)`],
    ['pushed to the front end', `${pushed} (${perSecond(pushed)})`],
    ['replaced by a newer one', `${superseded}`],
    ['', ''],
    ['connections lost', none(connectionsLost)],
    ['lost and back again', `${result.connectionsReturned}`],
    [
      'front end interrupted',
      `${result.frontEndBroke}${result.frontEndBroke === 0 ? '' : ' (reports pushed in that time count as replaced)'}`,
    ],
    ['last reports missing', none(missing)],
    ['out of order', none(disorder)],
  ]
  return [
    paint('bold', result.url),
    ...rows.map(([name, value]) => (name === '' ? '' : `${name.padEnd(30)}${value}`)),
    ...Object.entries(result.failures).map(([why, number]) =>
      paint('red', `${number} did not come online: ${why}`),
    ),
  ]
}
