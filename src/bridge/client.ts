import type { ModuleName } from '../core/pages/page-data.ts'
import { asBoolean, asNumber, asRecord, asText, type BridgeResult, faulty, normalize } from './normalize.ts'
import type { LiveConfigs, LiveType, VideoPublishType } from './params.ts'
import type { RawBridge } from './types.ts'

/** A function, called at each use, because Pilot may inject the bridge late (facts A3). */
export type BridgeSource = () => RawBridge | undefined

declare const window: { readonly djiBridge?: RawBridge } | undefined

/** The bridge that Pilot injects into the page. */
export const windowBridge: BridgeSource = () => (typeof window === 'undefined' ? undefined : window.djiBridge)

/**
 * Calls one method by its name. Never throws: if the bridge or the method is missing, or the method throws, the result
 * has a `fault`.
 */
export function callBridge(source: BridgeSource, method: string, ...args: readonly unknown[]): BridgeResult {
  const bridge = source()
  if (bridge === undefined || bridge === null)
    return faulty('no_bridge', 'This page is not open in DJI Pilot 2.')
  if (typeof bridge[method] !== 'function')
    return faulty('no_method', `This version of DJI Pilot 2 has no ${method}.`)
  try {
    // Call it on the bridge object: an injected Java method does not run without its object.
    return normalize((bridge as Record<string, (...args: readonly unknown[]) => unknown>)[method]?.(...args))
  } catch (error) {
    return faulty('threw', `${method}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Finds a method by its path, such as `thing.setConnectCallback` below `window`; null if there is none. */
function callDotted(path: string, argument: string): BridgeResult | null {
  if (typeof window === 'undefined') return null
  const [owner = '', method = ''] = path.split('.')
  const found = (window as unknown as Record<string, RawBridge | undefined>)[owner]
  return typeof found?.[method] === 'function' ? callBridge(() => found, method, argument) : null
}

/** The typed bridge that `createBridge` makes. */
export type Bridge = ReturnType<typeof createBridge>

/** All methods of facts B2, typed. Use `bridge.call(name, ...)` for other methods that a version of Pilot has. */
export function createBridge(source: BridgeSource = windowBridge) {
  const run = (method: string, ...args: readonly unknown[]): BridgeResult =>
    callBridge(source, method, ...args)
  const flag = (method: string, ...args: readonly unknown[]) => asBoolean(run(method, ...args))
  const text = (method: string, ...args: readonly unknown[]) => asText(run(method, ...args))
  const figure = (method: string, ...args: readonly unknown[]) => asNumber(run(method, ...args))
  const record = (method: string, ...args: readonly unknown[]) => asRecord(run(method, ...args))
  /** DJI's documents disagree about where some methods are (facts B2): on the bridge itself, or in a global object of the page. */
  const either = (method: string, dotted: string, argument: string): BridgeResult => {
    const flat = run(method, argument)
    return flat.fault === 'no_method' ? (callDotted(dotted, argument) ?? flat) : flat
  }
  return {
    present: (): boolean => typeof source() === 'object' || typeof source() === 'function',
    has: (method: string): boolean => typeof source()?.[method] === 'function',
    call: run,

    /** Sends the app id as a string, because Pilot was seen to refuse a number (facts B2). */
    platformVerifyLicense: (appId: string | number, appKey: string, license: string) =>
      run('platformVerifyLicense', String(appId), appKey, license),
    platformIsVerified: () => flag('platformIsVerified'),
    platformGetVersion: () => record('platformGetVersion'),
    platformGetRemoteControllerSN: () => text('platformGetRemoteControllerSN'),
    /** '' if there is no aircraft; that is not an error (facts B2). */
    platformGetAircraftSN: () => text('platformGetAircraftSN'),
    platformSetWorkspaceId: (uuid: string) => run('platformSetWorkspaceId', uuid),
    platformSetInformation: (platform: string, workspace: string, description: string) =>
      run('platformSetInformation', platform, workspace, description),
    platformLoadComponent: (name: ModuleName, params: Readonly<Record<string, unknown>>) =>
      run('platformLoadComponent', name, JSON.stringify(params)),
    platformIsComponentLoaded: (name: ModuleName) => flag('platformIsComponentLoaded', name),
    platformUnloadComponent: (name: ModuleName) => run('platformUnloadComponent', name),
    platformStopSelf: () => run('platformStopSelf'),
    platformGetLogPath: () => text('platformGetLogPath'),
    platformSetLogEncryptKey: (key: string) => run('platformSetLogEncryptKey', key),
    platformClearLogEncryptKey: () => run('platformClearLogEncryptKey'),
    platformIsAppInstalled: (packageName: string) => flag('platformIsAppInstalled', packageName),

    apiGetToken: () => text('apiGetToken'),
    apiSetToken: (token: string) => run('apiSetToken', token),
    apiGetHost: () => text('apiGetHost'),

    /** Asks Pilot to connect again with these credentials. The answer only says "accepted"; callback and state tell the result. */
    thingConnect: (username: string, password: string, callbackName: string) =>
      run('thingConnect', username, password, callbackName),
    thingGetConnectState: () => flag('thingGetConnectState'),
    thingGetConfigs: () => record('thingGetConfigs'),
    thingDisconnect: () => run('thingDisconnect'),
    /** Replaces the callback that `thing` was loaded with. */
    thingSetConnectCallback: (callbackName: string) =>
      either('thingSetConnectCallback', 'thing.setConnectCallback', callbackName),

    wsConnect: (host: string, token: string, callbackName: string) =>
      run('wsConnect', host, token, callbackName),
    wsDisconnect: () => run('wsDisconnect'),
    wsGetConnectState: () => flag('wsGetConnectState'),
    wsSend: (message: string) => run('wsSend', message),
    wsSetConnectCallback: (callbackName: string) => run('wsSetConnectCallback', callbackName),

    liveshareSetVideoPublishType: (type: VideoPublishType) =>
      either('liveshareSetVideoPublishType', 'liveshare.setVideoPublishType', type),
    liveshareSetConfig: <Type extends LiveType>(type: Type, params: LiveConfigs[Type]) =>
      run('liveshareSetConfig', type, JSON.stringify(params)),
    liveshareGetConfig: () => record('liveshareGetConfig'),
    liveshareGetStatus: () => record('liveshareGetStatus'),
    liveshareSetStatusCallback: (callbackName: string) => run('liveshareSetStatusCallback', callbackName),
    liveshareStartLive: () => run('liveshareStartLive'),
    liveshareStopLive: () => run('liveshareStopLive'),

    mediaSetAutoUploadPhoto: (on: boolean) => run('mediaSetAutoUploadPhoto', on),
    mediaGetAutoUploadPhoto: () => flag('mediaGetAutoUploadPhoto'),
    /** @param type 0 original, 1 preview */
    mediaSetUploadPhotoType: (type: 0 | 1) => run('mediaSetUploadPhotoType', type),
    /** 0 original, 1 preview */
    mediaGetUploadPhotoType: () => figure('mediaGetUploadPhotoType'),
    mediaSetAutoUploadVideo: (on: boolean) => run('mediaSetAutoUploadVideo', on),
    mediaGetAutoUploadVideo: () => flag('mediaGetAutoUploadVideo'),
    mediaSetDownloadOwner: (owner: number) => run('mediaSetDownloadOwner', owner),
    /** Which controller uploads, where an aircraft has two: 0 this one, 1 the other. */
    mediaGetDownloadOwner: () => figure('mediaGetDownloadOwner'),

    /** Needs JSBridge v1.15 or later. */
    startMopCloud: () => run('startMopCloud'),
    stopMopCloud: () => run('stopMopCloud'),

    /** Not documented, and seen only in a clone of Pilot (facts B2): expect the fault `no_method`. */
    platformGetRemoteControllerEnum: () => run('platformGetRemoteControllerEnum'),
    platformGetProductEnum: () => run('platformGetProductEnum'),
    platformStartLogin: () => run('platformStartLogin'),
    platformGetToken: () => text('platformGetToken'),
    wsGetConfigs: () => record('wsGetConfigs'),
    wsReceive: () => run('wsReceive'),
  }
}
