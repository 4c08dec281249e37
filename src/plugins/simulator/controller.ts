import { DjiCloudError, isDjiCloudError, type PluginContext, type Session } from '../../plugin.ts'
import {
  createPageResponder,
  createVirtualPilot,
  type Knobs,
  type PilotEvent,
  PRESETS,
  type Preset,
  type VirtualPilot,
  type VirtualPilotOptions,
} from '../../testing/index.ts'
import type { Control, Setup } from './controls.ts'
import { channelOf, frameScript } from './frame-script.ts'
import { createNews, type Entry } from './news.ts'
import { foreignHost } from './reach.ts'

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
  readonly context: Pick<PluginContext, 'options' | 'sessions' | 'clock' | 'mqttAddress'>
  readonly id: string
  /** `http://host/pilot`, as in the browser's address bar. */
  readonly link: string
  /** Path of the simulator's own addresses, with the mount. */
  readonly base: string
}

export function createController(parts: ControllerParts, setup: Setup): Controller {
  const { id, link, base } = parts
  const { clock, sessions } = parts.context
  const news = createNews()
  const url = `${base}/${id}`
  let seen = clock.now()
  /** The token that the page gave to Pilot. It is never shown, only looked up in the session store. */
  let token: string | undefined
  let network = true
  let preset: Preset | undefined
  let pilot = start(setup)
  let answerer = createPageResponder(call)

  function start({ preset: name, knobs }: Setup): VirtualPilot {
    const chosen = PRESETS.find((one) => one.name === name) ?? PRESETS[0]
    const made = switchedOn({
      url: link,
      ...(chosen === undefined ? {} : { gateway: chosen.gateway, aircraft: chosen.aircraft }),
      knobs: { ...chosen?.knobs, ...(knobs as Partial<Knobs>) },
      logLimit: 1,
      onEvent: ({ type, seq: _, at, ...fields }: PilotEvent) => news.add(type, at, fields),
    })
    preset = chosen
    // The browser calls the functions of the page. It gets them as `callback` events.
    made.onScript(() => undefined)
    network = true
    token = undefined
    return made
  }

  function call(method: string, args: readonly unknown[]): unknown {
    const foreign = foreignHost(method, args, parts)
    if (foreign !== null) {
      const message = `The simulator connects to the addresses of this platform only, not to ${foreign}.`
      news.add('fault', clock.now(), { where: method, message })
      return JSON.stringify({ code: -1, message, data: false })
    }
    if (method === 'apiSetToken') token = String(args[0])
    if (method === 'platformLoadComponent' && args[0] === 'api') token = tokenIn(args[1]) ?? token
    return pilot.call(method, args)
  }

  async function ofToken(): Promise<Session | null> {
    const situation = await sessions.tokenStatus(token)
    return situation.kind === 'valid' || situation.kind === 'refreshable' ? situation.session : null
  }

  async function setToken(be: 'expired' | 'revoked'): Promise<Readonly<Record<string, unknown>>> {
    const session = await ofToken()
    if (session === null) return { done: false, why: 'Nobody is logged in.' }
    news.add('simulator', clock.now(), { what: `the token is ${be} from now on` })
    if (be === 'revoked') return { done: (await sessions.end({ id: session.id }, 'revoked')) > 0 }
    const was = token
    const expired = sessions.shortLivedToken(session, clock.now() - 1_000)
    call('apiSetToken', [expired])
    // The page has its own copy, which the browser replaces.
    return { done: true, was, now: expired }
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
        return {}
      case 'restart':
        pilot.restart()
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
        return setToken(given.be)
      case 'fly':
        pilot.fly(given.path, given)
        return {}
      case 'configure': {
        const old = pilot
        pilot = start(given)
        answerer = createPageResponder(call)
        await old.close()
        news.add('simulator', clock.now(), { what: `a new controller: ${preset?.label ?? 'own knobs'}` })
        return {}
      }
    }
  }

  const state = (): object => ({
    link,
    preset: preset?.name ?? null,
    gateway: pilot.gateway,
    aircraft: pilot.aircraft,
    network,
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
        { storagePrefix: `dji-cloud-simulator.${id}.`, userAgent: pilot.knobs.webViewUserAgent },
        pilot.pageScript({ where: 'framed', channel: channelOf({ bridgeUrl: `${url}/bridge` }) }),
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
      news.add('simulator', clock.now(), { what: 'this controller was switched off' })
      await pilot.close()
    },
  }
}

function tokenIn(params: unknown): string | undefined {
  try {
    const { token } = JSON.parse(String(params)) as { token?: unknown }
    return typeof token === 'string' && token !== '' ? token : undefined
  } catch {
    return undefined
  }
}

/** The virtual Pilot throws an error that names the wrong knob. Answer it as a bad request. */
function switchedOn(options: VirtualPilotOptions): VirtualPilot {
  try {
    return createVirtualPilot(options)
  } catch (cause) {
    if (!isDjiCloudError(cause)) throw cause
    throw new DjiCloudError('INVALID_INPUT', { message: cause.message, cause })
  }
}
