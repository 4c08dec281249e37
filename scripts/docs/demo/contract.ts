import type { Is } from './shapes.ts'

/** A call of the demo, and its answer. */
export interface Call {
  /** Below `/manage/api/v1`, as the route table has it. */
  readonly call: string
  /** The case, if the call has several outcomes. */
  readonly when?: string
  readonly status: number
  readonly code: number
  readonly data: Is
  /** What the demo answers; empty: the same. */
  readonly demo?: string
  readonly why?: string
}

export interface PushRow {
  readonly push: string
  /** Which sockets get it. */
  readonly to: 'web' | 'pilot' | 'both'
  readonly of: string
  readonly data: Is
  readonly demo?: string
  readonly why?: string
}

const DONE = { status: 200, code: 0 } as const

export const CALLS: readonly Call[] = [
  { call: 'POST /login', when: 'an account of the role web', ...DONE, data: 'shape:login' },
  { call: 'POST /login', when: 'an account of the role pilot', ...DONE, data: 'shape:login' },
  {
    ...{
      call: 'POST /login',
      when: 'wrong name or password',
      status: 200,
      code: 403001,
      data: 'shape:refusal',
    },
    demo: '200, code 401, `invalid username` or `invalid password`',
    why: 'the same answer for both, so that nobody can find out which names exist. The code does not look like the 401 of a token, which means something else',
  },
  {
    ...{
      call: 'POST /login',
      when: 'an account of the other role',
      status: 200,
      code: 403002,
      data: 'shape:refusal',
    },
    demo: '200, code -1',
    why: 'each error has its own number',
  },
  {
    ...{ call: 'POST /login', when: 'too many failures', status: 200, code: 429001, data: 'shape:refusal' },
    demo: 'has no limit',
    why: 'with `Retry-After`',
  },
  {
    ...{
      call: 'POST /login',
      when: 'the password is right and a code is needed',
      status: 200,
      code: 403009,
      data: 'shape:refusal',
    },
    demo: 'has no second step',
    why: 'only with a user store that asks for a code. The message names the access link, where the code can be typed',
  },
  {
    ...{
      call: 'POST /login',
      when: 'a field of the user store is missing',
      status: 200,
      code: 400004,
      data: 'shape:refusal',
    },
    demo: 'has no more fields',
    why: 'only with a user store that has `fields`. The message names the missing ones, and the access link',
  },
  { call: 'POST /token/refresh', when: 'a token that can be refreshed', ...DONE, data: 'shape:login' },
  {
    ...{ call: 'POST /token/refresh', when: 'any other', status: 401, code: 401001, data: 'shape:refusal' },
    demo: '401, code -1',
    why: 'each reason has its own number; the front end of the demo looks at the status only',
  },
  { call: 'GET /users/current', when: 'an account of the role web', ...DONE, data: 'shape:user' },
  { call: 'GET /users/current', when: 'an account of the role pilot', ...DONE, data: 'shape:user' },
  {
    ...{
      call: 'GET /users/current',
      when: 'without a token',
      status: 401,
      code: 401001,
      data: 'shape:refusal',
    },
    demo: '401 without a body',
    why: 'Pilot and the front end look at the status only',
  },
  { call: 'GET /workspaces/current', ...DONE, data: 'shape:workspace' },
  {
    ...{ call: 'GET /devices/:workspace_id/devices', ...DONE, data: 'list:device' },
    demo: 'controllers and docks',
    why: 'also lists an aircraft that no controller has, and a device that has not told its type',
  },
  {
    ...{ call: 'GET /devices/:workspace_id/devices/bound', ...DONE, data: 'shape:page' },
    demo: '`domain` is required',
    why: 'without `domain`, the answer has devices of every kind',
  },
  {
    call: 'GET /devices/:workspace_id/devices/:device_sn',
    when: 'it is known',
    ...DONE,
    data: 'shape:device',
  },
  {
    ...{
      call: 'GET /devices/:workspace_id/devices/:device_sn',
      when: 'it is not known, or belongs to another workspace',
    },
    ...{ status: 200, code: -1, data: 'shape:refusal' },
    demo: '200, code -1; devices of other workspaces are shown',
    why: 'see SECURITY.md',
  },
  {
    ...{ call: 'PUT /devices/:workspace_id/devices/:device_sn', when: 'a nickname', ...DONE, data: 'empty' },
    demo: 'every field of a device can be changed',
    why: 'only the nickname can be changed; any other field gives a 400',
  },
  {
    ...{ call: 'PUT /devices/:workspace_id/devices/:device_sn', when: 'it is not known' },
    ...{ status: 200, code: -1, data: 'shape:refusal' },
  },
  {
    ...{
      call: 'POST /devices/:device_sn/binding',
      when: 'no other workspace has it',
      ...DONE,
      data: 'empty',
    },
    demo: 'code -1 until the device is online',
    why: 'at once, so a page need not repeat it. The demo pushes `device_online` again; here it was pushed when the device came online',
  },
  {
    ...{ call: 'POST /devices/:device_sn/binding', when: 'another workspace has it' },
    ...{ status: 200, code: 403003, data: 'shape:refusal' },
    demo: 'the device moves to the new workspace',
    why: 'a serial number stays with its workspace until it is unbound there',
  },
  {
    ...{ call: 'POST /devices/:device_sn/binding', when: 'the workspace has reached its limit' },
    ...{ status: 200, code: 409002, data: 'shape:refusal' },
    demo: 'has no limit',
    why: '`limits.devicesPerWorkspace`',
  },
  { call: 'DELETE /devices/:device_sn/unbinding', when: 'this workspace has it', ...DONE, data: 'empty' },
  {
    ...{ call: 'DELETE /devices/:device_sn/unbinding', when: 'this workspace does not have it' },
    ...{ status: 200, code: -1, data: 'shape:refusal' },
    demo: 'code 0',
    why: 'nothing was unbound',
  },
  { call: 'GET /workspaces/:workspace_id/devices/topologies', ...DONE, data: 'shape:topologies' },
]

/** Calls of this platform that the demo does not have. */
export const OTHER_CALLS = [
  'POST /login/challenge',
  'POST /login/challenge/cancel',
  'POST /token/verify',
  'POST /logout',
  'POST /mqtt/credentials',
  'POST /devices/binding',
  'DELETE /devices/unbinding',
]

export const PUSHES: readonly PushRow[] = [
  {
    ...{ push: 'device_online', to: 'both', of: 'an aircraft', data: 'shape:aircraft' },
  },
  {
    ...{ push: 'device_online', to: 'both', of: 'a gateway', data: 'shape:gateway' },
    demo: 'only `gateway_sn`, while it has no aircraft',
    why: 'the gateway itself; the front end of the demo tells aircraft and gateway apart by `sn`',
  },
  { push: 'device_offline', to: 'both', of: 'an aircraft', data: 'shape:offlineAircraft' },
  { push: 'device_offline', to: 'both', of: 'a gateway', data: 'shape:offlineGateway' },
  {
    ...{ push: 'device_update_topo', to: 'both', of: 'a gateway', data: 'shape:changed' },
    demo: 'never sent',
    why: "DJI's documents name it",
  },
  { push: 'device_osd', to: 'web', of: 'an aircraft', data: 'shape:whole' },
  { push: 'gateway_osd', to: 'web', of: 'a controller', data: 'shape:whole' },
  {
    ...{ push: 'dock_osd', to: 'web', of: 'a dock', data: 'shape:whole' },
    why: 'in up to three pushes, as a dock reports: basic fields, links, work',
  },
  { push: 'device_osd', to: 'pilot', of: 'an aircraft', data: 'shape:lean' },
  {
    ...{ push: 'device_osd', to: 'pilot', of: 'a controller', data: 'shape:lean' },
    demo: 'position and height',
    why: 'those of the seven fields that it has reported',
  },
]

/** Fields that every push has. */
export const PUSH_FRAME = ['biz_code', 'data', 'timestamp', 'version']
