import { createVirtualPilot, type VirtualPilotOptions } from '../../src/testing/index.ts'
import { LICENSE } from './cloud.ts'
import { ask } from './http.ts'

export interface ThingLogin {
  readonly host: string
  readonly username: string
  readonly password: string
}

/** The MQTT account of a login's own answer: what front ends of the demo's making hand on. */
export async function thingLogin(
  url: string,
  user: { readonly username: string; readonly password: string },
): Promise<ThingLogin> {
  const { json } = await ask(url, '/manage/api/v1/login', { method: 'POST', body: user })
  const { mqtt_addr: host, mqtt_username: username, mqtt_password: password } = json.data ?? {}
  return { host: String(host), username: String(username), password: String(password) }
}

/** A Pilot whose page is not ours: it loads `thing` with an account, and says nothing of its controller to the platform. */
export function foreignPilot(
  gateway: string,
  aircraft: string | null,
  knobs: VirtualPilotOptions['knobs'] = {},
) {
  const pilot = createVirtualPilot({
    url: 'http://127.0.0.1:1/pilot',
    gateway: { serial: gateway },
    aircraft: aircraft === null ? null : { serial: aircraft },
    knobs: { osdIntervalMs: 50, mqttReconnectMs: 50, mqttVersion: 4, ...knobs },
  })
  return Object.assign(pilot, {
    loadThing(login: ThingLogin): void {
      pilot.call('platformVerifyLicense', [LICENSE.appId, LICENSE.appKey, LICENSE.appLicense])
      pilot.call('platformLoadComponent', ['thing', JSON.stringify({ ...login, connectCallback: 'told' })])
    },
  })
}
