import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { describe, expect, it, vi } from 'vitest'
import { CALLBACKS, setPilotHandlers, subscribeLink, subscribeLive } from '../../src/bridge/callbacks.ts'
import { createBridge } from '../../src/bridge/client.ts'
import * as entry from '../../src/bridge/index.ts'

/** Every method of facts B2, and of the modules of B7, by its name. */
const METHODS = [
  'platformVerifyLicense',
  'platformIsVerified',
  'platformGetVersion',
  'platformGetRemoteControllerSN',
  'platformGetAircraftSN',
  'platformSetWorkspaceId',
  'platformSetInformation',
  'platformLoadComponent',
  'platformIsComponentLoaded',
  'platformUnloadComponent',
  'platformStopSelf',
  'platformGetLogPath',
  'platformSetLogEncryptKey',
  'platformClearLogEncryptKey',
  'platformIsAppInstalled',
  'platformGetRemoteControllerEnum',
  'platformGetProductEnum',
  'platformStartLogin',
  'platformGetToken',
  'apiGetToken',
  'apiSetToken',
  'apiGetHost',
  'thingConnect',
  'thingGetConnectState',
  'thingGetConfigs',
  'thingSetConnectCallback',
  'thingDisconnect',
  'wsConnect',
  'wsDisconnect',
  'wsGetConnectState',
  'wsSend',
  'wsSetConnectCallback',
  'wsReceive',
  'wsGetConfigs',
  'liveshareSetVideoPublishType',
  'liveshareSetConfig',
  'liveshareGetConfig',
  'liveshareGetStatus',
  'liveshareSetStatusCallback',
  'liveshareStartLive',
  'liveshareStopLive',
  'mediaSetAutoUploadPhoto',
  'mediaGetAutoUploadPhoto',
  'mediaSetUploadPhotoType',
  'mediaGetUploadPhotoType',
  'mediaSetAutoUploadVideo',
  'mediaGetAutoUploadVideo',
  'mediaSetDownloadOwner',
  'mediaGetDownloadOwner',
  'startMopCloud',
  'stopMopCloud',
] as const satisfies readonly (keyof ReturnType<typeof createBridge>)[]

describe('every method of the bridge', () => {
  it.each(METHODS)('%s is called by its name on the bridge, and answers in the one shape', (name) => {
    const calls: unknown[][] = []
    const raw = {
      [name](this: unknown, ...args: unknown[]) {
        calls.push([this === raw, ...args])
        return JSON.stringify({ code: 0, message: 'success', data: true })
      },
    }
    const method = createBridge(() => raw)[name] as (...args: unknown[]) => { ok: boolean; fault: unknown }
    expect(method('a', 'b', 'c')).toMatchObject({ ok: true, code: 0, fault: null })
    expect(calls).toHaveLength(1)
    expect(calls[0]?.[0]).toBe(true)
  })

  it.each(METHODS)('%s is a result, not an exception, where Pilot does not have it', (name) => {
    for (const raw of [undefined, {}, { [name]: 1 }]) {
      const method = createBridge(() => raw)[name] as (...args: unknown[]) => { ok: boolean; fault: unknown }
      expect(method('a', 'b', 'c')).toMatchObject({
        ok: false,
        fault: raw === undefined ? 'no_bridge' : 'no_method',
      })
    }
  })

  it('is all of them: nothing in the client that the table lacks', () => {
    const others = ['present', 'has', 'call']
    expect(
      Object.keys(createBridge())
        .filter((name) => !others.includes(name))
        .sort(),
    ).toEqual([...METHODS].sort())
  })

  it('finds the names that the documents disagree about', () => {
    const set = vi.fn(() => '{"code":0,"data":true}')
    vi.stubGlobal('window', { thing: { setConnectCallback: set }, liveshare: { setVideoPublishType: set } })
    try {
      const bridge = createBridge(() => ({}))
      expect(bridge.thingSetConnectCallback('cb').ok).toBe(true)
      expect(bridge.liveshareSetVideoPublishType('video-by-manual').ok).toBe(true)
      expect(set.mock.calls).toEqual([['cb'], ['video-by-manual']])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('callbacks as subscriptions', () => {
  const say = (globals: Record<string, unknown>, name: string, argument: unknown): void =>
    (globals[name] as (argument: unknown) => void)(argument)

  it.each([
    [true, true],
    ['false', false],
    ['{"code":0,"data":{"connectState":true}}', true],
    [{ data: { connected: false } }, false],
    [{ code: 1, data: true }, false],
  ])('a link told by %j is %s', (argument, connected) => {
    const globals: Record<string, unknown> = {}
    const heard: boolean[] = []
    const stop = subscribeLink(globals, 'ws', (up) => heard.push(up))
    say(globals, CALLBACKS.ws, argument)
    say(globals, CALLBACKS.ws, 'nonsense')
    expect(heard).toEqual([connected])
    stop()
    expect(globals).toEqual({})
  })

  it('tells how a stream is', () => {
    const globals: Record<string, unknown> = {}
    const heard: unknown[] = []
    subscribeLive(globals, ({ status, fps, videoBitRate }) => heard.push([status, fps, videoBitRate]))
    say(globals, CALLBACKS.liveshare, '{"status":2,"fps":"25","videoBitRate":4000}')
    say(globals, CALLBACKS.liveshare, '{"status":"","type":1}')
    expect(heard).toEqual([
      [2, 25, 4000],
      [null, null, null],
    ])
  })

  it('answers Pilot on the bridge itself, and takes the answers away', () => {
    const raw: Record<string, unknown> = {}
    const onStop = vi.fn()
    const stop = setPilotHandlers(raw, { onBack: () => true, onStop })
    expect((raw.onBackClick as () => boolean)()).toBe(true)
    ;(raw.onStopPlatform as () => void)()
    expect(onStop).toHaveBeenCalledOnce()
    stop()
    expect(raw).toEqual({})
  })
})

describe('as a package of its own', () => {
  const bundle = async (code: string): Promise<string> => {
    const resolveDir = new URL('../../src/bridge/', import.meta.url).pathname
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir, loader: 'ts' },
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'chrome70',
    })
    return outputFiles[0]?.text ?? ''
  }

  it('leaves out what a front end does not use', async () => {
    const all = await bundle("import * as all from './index.ts'; console.log(all)")
    const one = await bundle("import { normalize } from './index.ts'; console.log(normalize(1))")
    const client = await bundle(
      "import { createBridge } from './index.ts'; createBridge().platformIsVerified()",
    )
    expect(one.length).toBeLessThan(2_000)
    expect(client.length).toBeLessThan(all.length / 3)
    expect(client).not.toContain('mqtt/credentials')
  })

  it('loads without a window, and has no dependency', async () => {
    expect(Object.keys(entry).length).toBeGreaterThan(20)
    const sources = readFileSync(new URL('../../tsdown.config.ts', import.meta.url), 'utf8')
    expect(sources).toContain("bridge: 'src/bridge/index.ts'")
    // Without one, esbuild would have complained: nothing is external here.
    expect(await bundle("export * from './index.ts'")).not.toMatch(/\brequire\(/)
  })
})
