import type { ModuleName } from '../core/pages/page-data.ts'
import { asFlag, asRecord, asText, type BridgeResult, faulty, normalise } from './normalise.ts'
import type { LiveConfigs, LiveType, VideoPublishType } from './params.ts'
import type { RawBridge } from './types.ts'

/** Asked again at each call: Pilot may inject the bridge late (facts A3). */
export type BridgeSource = () => RawBridge | undefined

declare const window: { readonly djiBridge?: RawBridge } | undefined

/** The bridge that Pilot puts into the page. */
export const windowBridge: BridgeSource = () => (typeof window === 'undefined' ? undefined : window.djiBridge)

/**
 * Calls one method by its name. Never throws: a missing bridge, a missing method and a method that throws are
 * results with a `fault`.
 */
export function call(source: BridgeSource, method: string, ...args: readonly unknown[]): BridgeResult {
  const bridge = source()
  if (bridge === undefined || bridge === null)
    return faulty('no_bridge', 'This page is not open in DJI Pilot 2.')
  if (typeof bridge[method] !== 'function')
    return faulty('no_method', `This version of DJI Pilot 2 has no ${method}.`)
  try {
    // Called on the bridge itself: an injected Java method that is taken off its object refuses to run.
    return normalise((bridge as Record<string, (...args: readonly unknown[]) => unknown>)[method]?.(...args))
  } catch (error) {
    return faulty('threw', `${method}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** `thing.setConnectCallback` of `window`; null where there is no such thing. */
function callDotted(path: string, argument: string): BridgeResult | null {
  if (typeof window === 'undefined') return null
  const [owner = '', method = ''] = path.split('.')
  const found = (window as unknown as Record<string, RawBridge | undefined>)[owner]
  return typeof found?.[method] === 'function' ? call(() => found, method, argument) : null
}

export type Bridge = ReturnType<typeof createBridge>

/** Every method of facts B2, typed. `bridge.call(name, ...)` reaches whatever else a Pilot version has. */
export function createBridge(source: BridgeSource = windowBridge) {
  const run = (method: string, ...args: readonly unknown[]): BridgeResult => call(source, method, ...args)
  const flag = (method: string, ...args: readonly unknown[]) => asFlag(run(method, ...args))
  const text = (method: string, ...args: readonly unknown[]) => asText(run(method, ...args))
  const record = (method: string, ...args: readonly unknown[]) => asRecord(run(method, ...args))
  /** The documents disagree about some names (facts B2): flat on the bridge, or below an object of the page. */
  const either = (method: string, dotted: string, argument: string): BridgeResult => {
    const flat = run(method, argument)
    return flat.fault === 'no_method' ? (callDotted(dotted, argument) ?? flat) : flat
  }
  return {
    present: (): boolean => typeof source() === 'object' || typeof source() === 'function',
    has: (method: string): boolean => typeof source()?.[method] === 'function',
    call: run,

    /** The app id is made a string: a number has been seen to be refused (facts B2). */
    platformVerifyLicense: (appId: string | number, appKey: string, license: string) =>
      run('platformVerifyLicense', String(appId), appKey, license),
    platformIsVerified: () => flag('platformIsVerified'),
    platformGetVersion: () => record('platformGetVersion'),
    platformGetRemoteControllerSN: () => text('platformGetRemoteControllerSN'),
    /** '' without an aircraft, which is not an error (facts B2). */
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

    /** Asks Pilot to connect again with these; the answer is only "taken", the outcome comes by callback and state. */
    thingConnect: (username: string, password: string, callbackName: string) =>
      run('thingConnect', username, password, callbackName),
    thingGetConnectState: () => flag('thingGetConnectState'),
    thingGetConfigs: () => record('thingGetConfigs'),
    thingDisconnect: () => run('thingDisconnect'),
    /** Another function than the one that `thing` was loaded with. */
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
    mediaGetUploadPhotoType: () => run('mediaGetUploadPhotoType'),
    mediaSetAutoUploadVideo: (on: boolean) => run('mediaSetAutoUploadVideo', on),
    mediaGetAutoUploadVideo: () => flag('mediaGetAutoUploadVideo'),
    mediaSetDownloadOwner: (owner: number) => run('mediaSetDownloadOwner', owner),
    mediaGetDownloadOwner: () => run('mediaGetDownloadOwner'),

    /** Since v1.15. */
    startMopCloud: () => run('startMopCloud'),
    stopMopCloud: () => run('stopMopCloud'),

    /** Undocumented, seen in a clone of Pilot only (facts B2): expect the fault `no_method`. */
    platformGetRemoteControllerEnum: () => run('platformGetRemoteControllerEnum'),
    platformGetProductEnum: () => run('platformGetProductEnum'),
    platformStartLogin: () => run('platformStartLogin'),
    platformGetToken: () => text('platformGetToken'),
    wsGetConfigs: () => record('wsGetConfigs'),
    wsReceive: () => run('wsReceive'),
  }
}
