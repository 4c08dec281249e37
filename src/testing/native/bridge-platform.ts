import {
  BAD_ARGUMENTS,
  done,
  LICENSE_REFUSED,
  NO_AIRCRAFT,
  refuse,
  state,
  value,
  WORKSPACE_NOT_UUID,
} from './answers.ts'
import type { BridgeContext, MethodTable } from './method.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/

/** Methods of the bridge that belong to no module (facts B2). */
export const platformMethods: MethodTable = {
  platformVerifyLicense: (context, args) => {
    const fault = licenseFault(context, args)
    context.state.verified = fault === null
    return fault ?? done()
  },
  platformIsVerified: ({ state: native }) => state(native.verified),
  platformGetVersion: () => value({ modelVersion: '01.00.00', appVersion: '17.3.2.2' }),
  platformGetRemoteControllerSN: ({ gateway, knobs }) =>
    value(knobs.gatewaySerialAnswer === 'empty' ? '' : gateway.serial),
  platformGetAircraftSN: ({ state: native, knobs }) => {
    if (native.aircraft) return value(native.aircraft.serial)
    return knobs.noAircraftAnswer === 'empty' ? value('') : refuse(NO_AIRCRAFT, 'device not connect', 'value')
  },
  platformSetWorkspaceId: ({ state: native }, [id]) => {
    if (typeof id !== 'string' || !UUID.test(id))
      return refuse(WORKSPACE_NOT_UUID, 'the workspace id is not a UUID')
    native.workspaceId = id
    return done()
  },
  platformSetInformation: ({ state: native }, [platform, workspace, description]) => {
    native.information = {
      platform: String(platform ?? ''),
      workspace: String(workspace ?? ''),
      description: String(description ?? ''),
    }
    return done()
  },
  platformLoadComponent: ({ modules }, [name, params]) => modules.load(name, params),
  platformUnloadComponent: ({ modules }, [name]) => modules.unload(name),
  platformIsComponentLoaded: ({ state: native }, [name]) =>
    state(native.components.get(String(name))?.ready === true),
  platformStopSelf: (context) => {
    context.stop('page')
    return done()
  },
  platformGetLogPath: () => value('/sdcard/DJI/log'),
  platformSetLogEncryptKey: (_, [key]) =>
    typeof key === 'string' ? done() : refuse(BAD_ARGUMENTS, 'the key is not a text'),
  platformClearLogEncryptKey: () => done(),
  platformIsAppInstalled: () => state(false),
}

function licenseFault({ knobs }: BridgeContext, [appId, appKey, license]: readonly unknown[]) {
  if (knobs.strictAppId && typeof appId === 'number') return { ...refuse(0, 'success'), data: false }
  if (knobs.licenseCheck === 'accept') return null
  const wellFormed =
    String(appId ?? '') !== '' &&
    typeof appKey === 'string' &&
    appKey !== '' &&
    typeof license === 'string' &&
    BASE64.test(license)
  if (wellFormed && license !== '' && knobs.licenseCheck === 'base64') return null
  // The error text of Android's Base64 decoder, which a real Pilot passes to the page (facts B2).
  return refuse(LICENSE_REFUSED, 'bad base-64')
}
