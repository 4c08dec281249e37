import type { PilotEvent } from '../../testing/events.ts'
import type { Terminal } from '../terminal.ts'

/** Formats an event as one line; null if the event is shown only with `--verbose`. */
export function said(event: PilotEvent, { paint }: Terminal, everything: boolean): string | null {
  const told = inWords(event, everything)
  if (told === null) return null
  const [mood, text] = told
  const time = new Date(event.at).toISOString().slice(11, 23)
  const mark = { good: paint('green', 'ok'), bad: paint('red', '!!'), plain: paint('dim', '..') }[mood]
  return `${paint('dim', time)} ${mark} ${text}`
}

type Told = readonly ['good' | 'bad' | 'plain', string] | null

function inWords(event: PilotEvent, everything: boolean): Told {
  switch (event.type) {
    case 'page':
      return ['plain', `page ${event.state}: ${event.url}`]
    case 'component':
      return ['good', `module ${event.name} ${event.state}`]
    case 'mqtt.state':
      return link('MQTT', event.state, event.reason)
    case 'ws.state':
      return link('WebSocket', event.state, event.reason)
    case 'topology':
      if (event.state === 'unanswered') return ['bad', 'update_topo was not answered, so it is sent again']
      return event.state === 'sent'
        ? ['plain', `update_topo: ${event.aircraft ?? 'no aircraft'}`]
        : [event.result === 0 ? 'good' : 'bad', `status_reply: result ${event.result}`]
    case 'http': {
      if (!everything && event.side === 'page' && event.status < 400) return null
      const well = event.status >= 200 && event.status < 400
      return [well ? 'plain' : 'bad', `${event.side} ${event.method} ${event.url}: ${event.status}`]
    }
    case 'aircraft':
      return ['plain', `aircraft ${event.state}: ${event.serial}`]
    case 'withdrawn':
      return ['bad', `a 401 made Pilot leave the cloud: ${event.url}`]
    case 'fault':
      return ['bad', `${event.where}: ${event.message}`]
    case 'stopped':
      return ['plain', `the ${event.by} ended the visit`]
    case 'bridge':
      return verdict(event.method, event.answer, everything)
    case 'callback':
      return everything ? ['plain', `${event.name}(${JSON.stringify(event.argument)})`] : null
    case 'mqtt.in':
    case 'mqtt.out':
      return everything ? ['plain', `${event.type} ${event.topic} ${JSON.stringify(event.payload)}`] : null
    case 'ws.in':
    case 'ws.out':
      return everything ? ['plain', `${event.type} ${JSON.stringify(event.data)}`] : null
  }
}

function link(name: string, state: string, reason: string | null): Told {
  const wanted = state !== 'disconnected' || reason === 'left'
  const mood = state === 'connected' ? 'good' : wanted ? 'plain' : 'bad'
  return [mood, `${name} ${state}${reason === null ? '' : `: ${reason}`}`]
}

/** Shows calls that change something as steps. Questions come all the time, so they are not shown. */
function verdict(method: string, answer: unknown, everything: boolean): Told {
  const question = /Get|Is[A-Z]/.test(method)
  if (question && !everything) return null
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  const refused = /"code":(?!0[,}])/.test(text ?? '')
  return [refused ? 'bad' : question ? 'plain' : 'good', `${method} ${text ?? ''}`]
}
