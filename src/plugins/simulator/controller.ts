import type { PluginContext } from '../../plugin.ts'
import {
  createMask,
  createPageResponder,
  type PilotEvent,
  type Preset,
  type VirtualPilot,
} from '../../testing/index.ts'
import type { Control, Setup } from './controls.ts'
import { channelOf, frameScript } from './frame-script.ts'
import { hearHost, type Own } from './host-events.ts'
import { createNews, type Entry } from './news.ts'
import { foreignHost } from './reach.ts'
import { switchOn } from './switch-on.ts'
import { createTokenDesk } from './token-desk.ts'

/** One controller: a virtual Pilot whose page runs in a frame of the user's browser. */
export interface Controller {
  readonly id: string
  /** Time of the last request of its page, in ms. */
  seenAt(): number
  /** Handles one message of the fake bridge. */
  answer(message: string): string
  script(): string
  state(): object
  news(
    after: number,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly entries: readonly Entry[]; readonly state: object }>
  /** What the page itself has to do. */
  control(control: Control): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
}

export interface ControllerParts {
  readonly context: Pick<PluginContext, 'options' | 'sessions' | 'clock' | 'mqttAddress' | 'on'>
  readonly id: string
  /** `http://host/pilot`, as in the browser's address bar. */
  readonly link: string
  /** Path of the simulator's own addresses, with the mount. */
  readonly base: string
}

export function createController(parts: ControllerParts, setup: Setup): Controller {
  const { id, link, base } = parts
  const { clock, on } = parts.context
  const news = createNews()
  const token = createTokenDesk(parts.context)
  const mask = createMask()
  let seen = clock.now()
  let network = true
  let preset: Preset | null
  let fault: string | null
  let aircraftSerials: Set<string>
  let login: Own['login'] = null
  let pilot = start(setup)
  let answerer = createPageResponder(call)
  const stopHearing = hearHost(
    on,
    () => ({ gateway: pilot.gateway.serial, aircraft: aircraftSerials, login }),
    (name, event) => news.add('host', clock.now(), { name, event: mask.apply(event) }),
  )

  function start(given: Setup): VirtualPilot {
    const made = switchOn(given, {
      url: link,
      logLimit: 1,
      onEvent({ type, seq: _, at, ...fields }: PilotEvent) {
        if (type === 'aircraft' && 'serial' in fields) aircraftSerials.add(String(fields.serial))
        news.add(type, at, fields)
      },
    })
    preset = made.preset
    fault = made.fault
    aircraftSerials = new Set(made.pilot.aircraft === null ? [] : [made.pilot.aircraft.serial])
    // The browser calls the functions of the page. It gets them as `callback` events.
    made.pilot.onScript(() => undefined)
    network = true
    login = null
    token.forget()
    return made.pilot
  }

  function call(method: string, args: readonly unknown[]): unknown {
    const foreign = foreignHost(method, args, parts)
    if (foreign !== null) {
      const message = `The simulator connects to the addresses of this platform only, not to ${foreign}.`
      news.add('fault', clock.now(), { where: method, message })
      return JSON.stringify({ code: -1, message, data: false })
    }
    if (token.called(method, args)) void learnLogin()
    return pilot.call(method, args)
  }

  /** Events of a login are shown to the controller on which it was made. */
  async function learnLogin(): Promise<void> {
    const session = await token.session().catch(() => null)
    if (session !== null)
      login = { sessionId: session.id, userId: session.userId, username: session.username }
  }

  async function control(given: Control): Promise<Readonly<Record<string, unknown>>> {
    switch (given.do) {
      case 'open':
        pilot.pageLoaded(link)
        return {}
      case 'leave':
        pilot.leavePage()
        return {}
      case 'exit':
        await pilot.exit()
        token.forget()
        return {}
      case 'restart':
        pilot.restart()
        if (!pilot.knobs.tokenSurvivesRestart) token.forget()
        return {}
      case 'aircraft': {
        const { serial, type, subType } = given
        if (!given.on) pilot.unplugAircraft()
        else
          pilot.plugAircraft({
            ...preset?.aircraft,
            ...(serial === undefined ? {} : { serial }),
            ...(type === undefined ? {} : { type }),
            ...(subType === undefined ? {} : { subType }),
          })
        return {}
      }
      case 'network':
        network = given.up
        news.add('simulator', clock.now(), { what: given.up ? 'the network is back' : 'the network is lost' })
        if (given.up) pilot.restoreNetwork()
        else pilot.cutNetwork({ silent: given.silent })
        return {}
      case 'token':
        news.add('simulator', clock.now(), { what: `the token is ${given.be} from now on` })
        return token.set(given.be, (expired) => void call('apiSetToken', [expired]))
      case 'readings':
        pilot.readings(given.set)
        return {}
      case 'fly':
        pilot.fly(given.path, given)
        return {}
      case 'configure': {
        const old = pilot
        pilot = start(given)
        answerer = createPageResponder(call)
        await old.close()
        news.add('simulator', clock.now(), {
          what: `a new controller: ${preset?.label ?? 'own knobs'}${fault === null ? '' : `, with the fault ${fault}`}`,
        })
        return {}
      }
    }
  }

  const state = (): object => ({
    link,
    preset: preset?.name ?? null,
    fault,
    gateway: pilot.gateway,
    aircraft: pilot.aircraft,
    network,
    loggedIn: token.isKnown(),
    ended: token.ended(),
    knobs: pilot.knobs,
    native: { ...pilot.native },
  })

  return {
    id,
    state,
    seenAt: () => seen,
    answer: (message) => answerer(message) ?? '{}',
    script: () =>
      frameScript(
        {
          storagePrefix: `dji-cloud-simulator.${id}.`,
          userAgent: pilot.knobs.webViewUserAgent,
          clockOffsetMs: pilot.knobs.clockOffsetSeconds * 1_000,
        },
        pilot.pageScript({ where: 'framed', channel: channelOf({ bridgeUrl: `${base}/${id}/bridge` }) }),
      ),
    async news(after, waitMs, signal) {
      seen = clock.now()
      const entries = await news.after(after, waitMs, signal)
      seen = clock.now()
      return { entries, state: state() }
    },
    async control(given) {
      const result = await control(given)
      news.wake()
      return { ...result, state: state() }
    },
    async close() {
      stopHearing()
      news.add('simulator', clock.now(), { what: 'this controller was switched off' })
      await pilot.close()
    },
  }
}
