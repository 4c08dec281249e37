import { randomUUID } from 'node:crypto'
import { createPilotFlow } from '../bridge/flow.ts'
import type { FlowStep, PilotFlow, RawBridge } from '../bridge/types.ts'
import { baseOf } from '../core/pages/at-base.ts'
import type { Knobs } from './knobs.ts'
import { licensed } from './license.ts'
import { urlsFromLink, urlsInPage } from './page-urls.ts'
import type { Timers } from './timers.ts'
import type { PageVisit } from './types.ts'
import type { WebClient } from './web-client.ts'

export interface HeadlessPage {
  /** Loads the access link: a new page, which keeps only the storage of the old one. */
  load(url: string): Promise<PageVisit>
  flow(): PilotFlow | null
  /** The last result of each step since the page was loaded. */
  steps(): readonly FlowStep[]
  /** Calls a global function of the page; false if there is none. */
  callGlobal(name: string, argument: string): boolean
  /** Calls the function that the page set as djiBridge.onBackClick or onStopPlatform. */
  callHook(name: 'onBackClick' | 'onStopPlatform'): unknown
  unload(): void
}

interface Around {
  readonly knobs: Knobs
  readonly timers: Timers
  readonly web: WebClient
  readonly methods: readonly string[]
  readonly call: (method: string, args: readonly unknown[]) => unknown
  /** Called when the fake licence is used. Null: never use it. */
  readonly standIn: (() => void) | null
}

/** The page without a browser: it runs the same flow as the served page, with the fake bridge and real requests. */
export function createHeadlessPage({ knobs, timers, web, methods, call, standIn }: Around): HeadlessPage {
  const storage = new Map<string, string>()
  let flow: PilotFlow | null = null
  let steps = new Map<string, FlowStep>()
  let globals: Record<string, unknown> = {}
  let bridge: RawBridge = {}

  const unload = (): void => {
    flow?.stop()
    flow = null
    steps = new Map()
    globals = {}
    bridge = {}
  }

  return {
    async load(url) {
      const visit = await web.visit(url)
      unload()
      const loadedAt = timers.now()
      const raw: RawBridge = {}
      for (const method of methods) raw[method] = (...args: unknown[]) => call(method, args)
      bridge = raw
      const urls = urlsInPage(visit.body) ?? urlsFromLink(url)
      flow = createPilotFlow({
        bridge: () => (timers.now() - loadedAt >= knobs.injectionDelayMs ? raw : undefined),
        isDjiPilot: knobs.webViewUserAgent.includes('dji-open-platform'),
        globals,
        http: async (request) => {
          const response = await web.http(visit.url, request)
          return standIn === null ? response : licensed(response, standIn)
        },
        storage: {
          get: (key) => storage.get(key) ?? null,
          set: (key, value) => void storage.set(key, value),
          remove: (key) => void storage.delete(key),
        },
        timers: { ...timers, now: () => timers.now() + knobs.clockOffsetSeconds * 1000 },
        onStep: (step) => void steps.set(step.id, step),
        randomKey: randomUUID,
        urls,
        base: baseOf(urls, visit.url),
      })
      return visit
    },
    flow: () => flow,
    steps: () => [...steps.values()],
    callGlobal(name, argument) {
      const parts = name.split('.')
      const owner = parts.slice(0, -1).reduce<unknown>((found, part) => property(found, part), globals)
      const called = property(owner, parts.at(-1) ?? '')
      if (typeof called !== 'function') return false
      called.call(owner, JSON.parse(argument))
      return true
    },
    callHook(name) {
      const hook = bridge[name]
      return typeof hook === 'function' ? hook.call(bridge) : undefined
    },
    unload,
  }
}

const property = (owner: unknown, name: string): unknown =>
  owner !== null && (typeof owner === 'object' || typeof owner === 'function')
    ? (owner as Record<string, unknown>)[name]
    : undefined
