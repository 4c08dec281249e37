import { BAD_ARGUMENTS, done, link, MODULE_NOT_LOADED, refuse, value } from './answers.ts'
import type { Method, MethodTable } from './method.ts'
import { type NativeState, paramOf } from './state.ts'

/** A later call may replace a parameter of a loaded component, such as the name of its callback. */
const setParams = (state: NativeState, module: string, change: Record<string, unknown>): void => {
  const component = state.components.get(module)
  if (component) state.components.set(module, { ...component, params: { ...component.params, ...change } })
}

export const apiMethods: MethodTable = {
  apiGetToken: ({ state, knobs }) => {
    if (state.components.get('api')?.ready === true) return value(state.token)
    if (knobs.apiTokenWithoutModule === 'kept') return value(state.token)
    return knobs.apiTokenWithoutModule === 'empty'
      ? value('')
      : refuse(MODULE_NOT_LOADED, 'the component api is not loaded', 'value')
  },
  apiSetToken: ({ state }, [token]) => {
    if (typeof token !== 'string') return refuse(BAD_ARGUMENTS, 'the token is not a text')
    state.token = token
    return done()
  },
  apiGetHost: ({ state }) => value(state.host),
}

export const thingMethods: MethodTable = {
  thingGetConnectState: ({ parts }) => link(parts.thing.link.state() === 'connected'),
  /** Connects, or connects again with new credentials, to the host that thing was loaded with (facts B6). */
  thingConnect: ({ state, parts }, [username, password, callback]) => {
    setParams(state, 'thing', {
      username: String(username ?? ''),
      password: String(password ?? ''),
      ...(typeof callback === 'string' && callback !== '' ? { connectCallback: callback } : {}),
    })
    const component = state.components.get('thing')
    parts.thing.link.connect({
      host: paramOf(component, 'host'),
      username: paramOf(component, 'username'),
      password: paramOf(component, 'password'),
    })
    return done()
  },
  thingDisconnect: ({ parts }) => {
    parts.thing.link.disconnect()
    return done()
  },
  thingSetConnectCallback: ({ state }, [name]) => {
    setParams(state, 'thing', { connectCallback: String(name ?? '') })
    return done()
  },
  thingGetConfigs: ({ state }) => {
    const component = state.components.get('thing')
    const configs = ['host', 'username', 'password', 'connectCallback'].map((name) => [
      name,
      paramOf(component, name),
    ])
    return value(JSON.stringify(Object.fromEntries(configs)))
  },
}

export const wsMethods: MethodTable = {
  wsGetConnectState: ({ parts }) => link(parts.ws.state() === 'connected'),
  wsConnect: ({ state, parts }, [host, token, callback]) => {
    const loaded = state.components.get('ws')
    setParams(state, 'ws', {
      host: typeof host === 'string' ? host : paramOf(loaded, 'host'),
      token: typeof token === 'string' ? token : paramOf(loaded, 'token'),
      ...(typeof callback === 'string' ? { connectCallback: callback } : {}),
    })
    const component = state.components.get('ws')
    parts.ws.connect(paramOf(component, 'host'), paramOf(component, 'token'))
    return done()
  },
  wsDisconnect: ({ parts }) => {
    parts.ws.disconnect()
    return done()
  },
  wsSend: ({ parts }, [message]) =>
    parts.ws.send(String(message)) ? done() : refuse(MODULE_NOT_LOADED, 'ws is not connected'),
}

const setter =
  (name: string): Method =>
  ({ state }, [setting]) => {
    state.settings.set(name, setting)
    return done()
  }
const getter =
  (name: string, otherwise: unknown): Method =>
  ({ state }) =>
    value(state.settings.has(name) ? state.settings.get(name) : otherwise)

const liveStatus = (status: 0 | 2): string =>
  JSON.stringify(
    status === 0
      ? { type: 0, status, fps: 0, videoBitRate: 0 }
      : { type: 2, status, fps: 30, videoBitRate: 4000 },
  )

/** Settings that Pilot stores. Nothing in this simulation depends on them; `applyParams` sets those that a module is loaded with. */
export const mediaAndMoreMethods: MethodTable = {
  liveshareSetVideoPublishType: setter('liveshare.publishType'),
  liveshareGetConfig: getter('liveshare.config', JSON.stringify({ type: 0, params: '' })),
  liveshareSetConfig: ({ state }, [type, params]) => {
    state.settings.set('liveshare.config', JSON.stringify({ type, params }))
    return done()
  },
  liveshareGetStatus: getter('liveshare.status', liveStatus(0)),
  liveshareSetStatusCallback: setter('liveshare.callback'),
  liveshareStartLive: ({ state }) => {
    state.settings.set('liveshare.status', liveStatus(2))
    return done()
  },
  liveshareStopLive: ({ state }) => {
    state.settings.set('liveshare.status', liveStatus(0))
    return done()
  },
  mediaSetAutoUploadPhoto: setter('media.photo'),
  mediaGetAutoUploadPhoto: getter('media.photo', false),
  mediaSetUploadPhotoType: setter('media.photoType'),
  mediaGetUploadPhotoType: getter('media.photoType', 0),
  mediaSetAutoUploadVideo: setter('media.video'),
  mediaGetAutoUploadVideo: getter('media.video', false),
  mediaSetDownloadOwner: setter('media.owner'),
  mediaGetDownloadOwner: getter('media.owner', 0),
  startMopCloud: () => done(),
  stopMopCloud: () => done(),
}
