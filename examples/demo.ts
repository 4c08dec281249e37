import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { CloudEventName, CloudEvents, DjiCloud } from 'dji-cloud'
import { createVirtualPilot, type Knobs } from 'dji-cloud/testing'
import { buildApp } from './express/app.ts'

/** Fake, but in the form that Pilot accepts: the virtual Pilot checks only the form. */
const LICENSE = { appId: '100000', appKey: 'demo-app-key', appLicense: 'REVNTy1MSUNFTkNFLU5PVC1SRUFM' }
const PASSWORD = 'demo-password'
const STEP_MS = 20_000

/**
 * The Express example and a virtual Pilot, from the access link to the logout. A step is done when both sides
 * show it: Pilot by its own event, the platform by an event of `cloud`.
 * @returns false if a step did not happen; the steps after it are not run
 */
export async function runDemo(print: (line: string) => void, knobs: Partial<Knobs> = {}): Promise<boolean> {
  const { app, cloud } = buildApp({
    license: LICENSE,
    users: [{ username: 'pilot', password: PASSWORD }],
    mqtt: { host: '127.0.0.1', port: 0 },
    logger: false,
  })
  const server = app.listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), cloud.ready()])
  const link = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pilot`
  const pilot = createVirtualPilot({ url: link, knobs: { osdIntervalMs: 500, ...knobs } })
  const platform = listenTo(cloud)
  const { serial } = pilot.gateway

  const step = async (title: string, happens: () => Promise<string>): Promise<void> => {
    const began = performance.now()
    try {
      const detail = await inTime(happens())
      print(`  ok    ${title}: ${detail} (${Math.round(performance.now() - began)} ms)`)
    } catch (error) {
      print(`  FAIL  ${title}: ${error instanceof Error ? error.message : String(error)}`)
      throw new StepFailed()
    }
  }
  const must = (holds: boolean, otherwise: string): void => {
    if (!holds) throw new Error(otherwise)
  }

  try {
    await step('platform is up', async () => `${link}, MQTT for Pilot ${cloud.mqttAddress('127.0.0.1')}`)
    await step('Pilot opens the access link', async () => {
      const { status, headers, body } = await pilot.open()
      must(status === 200, `HTTP ${status}`)
      must(body.includes('login-form'), 'that is not the login page')
      return `HTTP ${status}, the login page, ${headers['cache-control']}`
    })
    await step('pilot logs in', async () => {
      const outcome = await pilot.login('pilot', PASSWORD)
      must(
        outcome.kind !== 'failed',
        outcome.kind === 'failed' ? `${outcome.step.id}: ${outcome.step.message}` : '',
      )
      const { username } = await platform('login.succeeded')
      return `as ${username}`
    })
    await step('licence', async () => {
      must(pilot.native.verified, 'not verified')
      return 'verified by Pilot'
    })
    await step('workspace and platform', async () => {
      must(pilot.native.workspaceId !== null && pilot.native.platformName !== null, 'not set')
      return `${pilot.native.workspaceId}, "${pilot.native.platformName}"`
    })
    await step('MQTT', async () => {
      await pilot.connected()
      const { gateway } = await platform('gateway.online')
      must(gateway === serial, `the platform knows ${gateway}`)
      return `connected as ${gateway}`
    })
    await step('modules', async () => {
      must(pilot.native.ws === 'connected', `the WebSocket is ${pilot.native.ws}`)
      return pilot.native.components.join(', ')
    })
    await step('update_topo', async () => {
      await pilot.topologyAcknowledged()
      const { aircraft, model } = await platform('aircraft.online')
      return `answered; the platform sees ${model.name ?? model.key} ${aircraft}`
    })
    await step('first OSD', async () => {
      const { serial: sender } = await platform(
        'device.osd',
        ({ serial: from }) => from === pilot.aircraft?.serial,
      )
      return `from ${sender}`
    })
    await step('aircraft off', async () => {
      pilot.unplugAircraft()
      const { aircraft, reason } = await platform('aircraft.offline')
      return `${aircraft} is offline: ${reason}`
    })
    await step('logout', async () => {
      await pilot.logout()
      const { gateway, reason } = await platform('gateway.offline')
      must(
        pilot.native.components.length === 0 && pilot.native.mqtt !== 'connected',
        'Pilot still holds modules',
      )
      must((await cloud.sessions.list()).length === 0, 'the session lives on')
      return `${gateway} is offline: ${reason}; modules unloaded, session ended`
    })
    return true
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return false
  } finally {
    await pilot.close()
    await cloud.close()
    server.closeAllConnections()
    server.close()
  }
}

class StepFailed extends Error {}

type Next = <Name extends CloudEventName>(
  name: Name,
  fits?: (event: CloudEvents[Name]) => boolean,
) => Promise<CloudEvents[Name]>

/** Waits for events of the platform, and also finds those that have already come. */
function listenTo(cloud: Pick<DjiCloud, 'on'>): Next {
  const names = [
    'login.succeeded',
    'gateway.online',
    'aircraft.online',
    'device.osd',
    'aircraft.offline',
    'gateway.offline',
  ] as const
  const seen: { readonly name: CloudEventName; readonly event: unknown }[] = []
  let wake: (() => void)[] = []
  for (const name of names) {
    cloud.on(name, (event) => {
      seen.push({ name, event })
      for (const one of wake.splice(0)) one()
    })
  }
  return async (name, fits = () => true) => {
    for (;;) {
      const found = seen.find((one) => one.name === name && fits(one.event as never))
      if (found) return found.event as never
      await new Promise<void>((resolve) => {
        wake = [...wake, resolve]
      })
    }
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${STEP_MS / 1000} s`)), STEP_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
