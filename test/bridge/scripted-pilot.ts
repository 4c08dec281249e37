import type { ModuleName } from '../../src/core/pages/page-data.ts'

/** How this Pilot answers (facts B1). */
export type ReturnStyle = 'envelope' | 'data-as-string' | 'bare' | 'empty-object' | 'object' | 'void'

export interface PilotKnobs {
  readonly style?: ReturnStyle
  readonly missing?: readonly string[]
  /** Overrides a method altogether. */
  readonly answers?: Readonly<Record<string, (...args: readonly unknown[]) => unknown>>
  readonly aircraft?: string
  /** Arguments that the thing callback gets, in this order, one each 200 ms, after loading. */
  readonly callbacks?: readonly unknown[]
  /** ms from loading until the link is up; null: never by itself. */
  readonly connectsAfter?: number | null
  readonly loadLag?: number
}

/** A small stand-in for Pilot's side: it keeps its state, as Pilot does across page loads, and notes every call. */
export function createScriptedPilot(knobs: PilotKnobs = {}) {
  const {
    style = 'envelope',
    callbacks = [false, true],
    connectsAfter = 300,
    aircraft = '1581FFAKE0000000001',
  } = knobs
  const globals: Record<string, unknown> = {}
  const calls: string[] = []
  const native = {
    verified: false,
    loaded: new Set<string>(),
    visible: new Set<string>(),
    up: new Set<string>(),
    params: {} as Record<string, Record<string, unknown>>,
    token: '',
    stopped: false,
  }

  const said = (data: unknown, code = 0, message = 'success'): unknown => {
    switch (style) {
      case 'envelope':
        return JSON.stringify({ code, message, data })
      case 'data-as-string':
        return JSON.stringify({
          code: String(code),
          message,
          data: typeof data === 'string' ? data : JSON.stringify(data),
        })
      case 'object':
        return { code, message, data }
      default:
        return data
    }
  }
  /** A command's yes: some Pilots say {} or nothing at all. */
  const done = (): unknown => {
    if (style === 'empty-object') return JSON.stringify({ code: 0, message: 'success', data: {} })
    return style === 'void' ? undefined : said(true)
  }

  function notify(name: unknown, argument: unknown, after: number): void {
    setTimeout(() => {
      const callback = globals[String(name)]
      if (typeof callback === 'function') callback(argument)
    }, after)
  }

  function load(name: string, text: string): unknown {
    const params = JSON.parse(text) as Record<string, unknown>
    native.loaded.add(name)
    native.params[name] = params
    setTimeout(() => native.visible.add(name), knobs.loadLag ?? 0)
    if (name === 'api') native.token = String(params.token)
    if ((name === 'thing' || name === 'ws') && connectsAfter !== null) {
      setTimeout(() => native.loaded.has(name) && native.up.add(name), connectsAfter)
      for (const [index, argument] of callbacks.entries())
        notify(params.connectCallback, argument, 100 + index * 200)
    }
    return done()
  }

  const methods: Record<string, (...args: never[]) => unknown> = {
    platformVerifyLicense: () => {
      native.verified = true
      return done()
    },
    platformIsVerified: () => said(native.verified),
    // Before verification communication fails (facts B4).
    platformGetRemoteControllerSN: () =>
      native.verified ? said('RCFAKE00000001') : said('', -1, 'not verified'),
    platformGetAircraftSN: () => said(aircraft),
    platformSetWorkspaceId: done,
    platformSetInformation: done,
    platformLoadComponent: load,
    platformIsComponentLoaded: (name: ModuleName) => said(native.visible.has(name)),
    platformUnloadComponent: (name: ModuleName) => {
      for (const set of [native.loaded, native.visible, native.up]) set.delete(name)
      return done()
    },
    platformStopSelf: () => {
      native.stopped = true
      return done()
    },
    apiGetToken: () => said(native.token),
    apiSetToken: (token: string) => {
      native.token = token
      return done()
    },
    thingConnect: () => {
      native.up.add('thing')
      return done()
    },
    thingGetConnectState: () => said(native.up.has('thing')),
    wsGetConnectState: () => said(native.up.has('ws')),
  }

  const bridge: Record<string, unknown> = {}
  for (const [name, method] of Object.entries({ ...methods, ...knobs.answers })) {
    if (knobs.missing?.includes(name)) continue
    bridge[name] = (...args: never[]) => {
      calls.push(note(name, args))
      return (method as (...args: never[]) => unknown)(...args)
    }
  }
  return { bridge, globals, calls, native, commands: () => calls.filter((call) => !/Is|Get/.test(call)) }
}

const note = (name: string, args: readonly unknown[]): string =>
  /LoadComponent|UnloadComponent/.test(name) ? `${name}:${String(args[0])}` : name
