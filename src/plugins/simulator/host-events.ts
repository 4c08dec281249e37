import type { CloudEventName, CloudEvents, PluginContext } from '../../plugin.ts'

/** The events that a controller may see are about its own devices, and about the user who is logged in on it. */
export interface Own {
  readonly gateway: string
  /** The aircraft that it has or had. */
  readonly aircraft: ReadonlySet<string>
  /** Null: nobody is logged in. */
  readonly login: { readonly sessionId: string; readonly userId: string; readonly username: string } | null
}

/** For each event of the host app: whether it is about this controller. An event that is missing here does not compile. */
const BELONGS = {
  'gateway.online': (event, own) => event.gateway === own.gateway,
  'gateway.offline': (event, own) => event.gateway === own.gateway,
  'gateway.updated': (event, own) => event.gateway === own.gateway,
  'gateway.unannounced': (event, own) => event.gateway === own.gateway,
  'gateway.unclaimed': (event, own) => event.gateway === own.gateway,
  'gateway.legacy': (event, own) => event.gateway === own.gateway,
  'aircraft.online': (event, own) => event.gateway === own.gateway,
  'aircraft.offline': (event, own) => event.gateway === own.gateway,
  'aircraft.moved': (event, own) => event.gateway === own.gateway || event.from === own.gateway,
  'device.osd': (event, own) => event.gateway === own.gateway,
  'device.state': (event, own) => event.gateway === own.gateway,
  'device.event': (event, own) => event.gateway === own.gateway,
  'device.request': (event, own) => event.gateway === own.gateway,
  'device.bound': (event, own) => isOwnSerial(event.serial, own),
  'device.unbound': (event, own) => isOwnSerial(event.serial, own),
  'message.invalid': (event, own) => event.gateway === own.gateway,
  'mqtt.refused': (event, own) => event.gateway === own.gateway || event.clientId === own.gateway,
  'credentials.unused': (event, own) => event.gateway === own.gateway,
  // A session begins before Pilot has its token, so only later events of it can be recognised.
  'login.succeeded': (event, own) => event.sessionId === own.login?.sessionId,
  'login.challenged': (event, own) => event.username === own.login?.username,
  'login.failed': (event, own) => event.username === own.login?.username,
  'login.throttled': (event, own) => event.username === own.login?.username,
  'token.refreshed': (event, own) => event.sessionId === own.login?.sessionId,
  'token.reused': (event, own) => event.sessionId === own.login?.sessionId,
  'session.ended': (event, own) => event.sessionId === own.login?.sessionId,
} satisfies { readonly [Name in CloudEventName]: (event: CloudEvents[Name], own: Own) => boolean }

const isOwnSerial = (serial: string, { gateway, aircraft }: Own): boolean =>
  serial === gateway || aircraft.has(serial)

export const HOST_EVENTS = Object.keys(BELONGS) as readonly CloudEventName[]

/** Whether a controller may see this event. */
export const belongsTo = <Name extends CloudEventName>(
  name: Name,
  event: CloudEvents[Name],
  own: Own,
): boolean => (BELONGS[name] as (event: CloudEvents[Name], own: Own) => boolean)(event, own)

/** Listens to what the host app hears of one controller. @returns stops listening */
export function hearHost(
  on: PluginContext['on'],
  own: () => Own,
  heard: (name: CloudEventName, event: object) => void,
): () => void {
  const stops = HOST_EVENTS.map((name) =>
    on(name, (event) => {
      if (belongsTo(name, event, own())) heard(name, event)
    }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}
