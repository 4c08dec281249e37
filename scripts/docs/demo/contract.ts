import type { Is } from './shapes.ts'

/** A call of the demo, and its answer. */
export interface Call {
  /** Below `/manage/api/v1`, as the route table has it. */
  readonly call: string
  /** Of several outcomes of one call: which. */
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
  /** Whose sockets. */
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
    why: 'one answer for both: nobody can try out names. A code that looks like the 401 of a token would mislead',
  },
  {
    ...{
      call: 'POST /login',
      when: 'the other kind of account',
      status: 200,
      code: 403002,
      data: 'shape:refusal',
    },
    demo: '200, code -1',
    why: 'a number of its own',
  },
  {
    ...{ call: 'POST /login', when: 'too many failures', status: 200, code: 429001, data: 'shape:refusal' },
    demo: 'has no limit',
    why: 'with `Retry-After`',
  },
  { call: 'POST /token/refresh', when: 'a token that may be', ...DONE, data: 'shape:login' },
  {
    ...{ call: 'POST /token/refresh', when: 'any other', status: 401, code: 401001, data: 'shape:refusal' },
    demo: '401, code -1',
    why: 'a number for each of the reasons; its front end looks at the status',
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
    why: 'Pilot and the front end look at the status',
  },
  { call: 'GET /workspaces/current', ...DONE, data: 'shape:workspace' },
  {
    ...{ call: 'GET /devices/:workspace_id/devices', ...DONE, data: 'list:device' },
    demo: 'controllers and docks',
    why: 'an aircraft stands for itself while no controller has it; a device that has not said what it is, too',
  },
  {
    ...{ call: 'GET /devices/:workspace_id/devices/bound', ...DONE, data: 'shape:page' },
    demo: '`domain` is required',
    why: 'without `domain`: of every kind',
  },
  {
    call: 'GET /devices/:workspace_id/devices/:device_sn',
    when: 'it is known',
    ...DONE,
    data: 'shape:device',
  },
  {
    ...{ call: 'GET /devices/:workspace_id/devices/:device_sn', when: 'it is not, or of another workspace' },
    ...{ status: 200, code: -1, data: 'shape:refusal' },
    demo: '200, code -1; devices of other workspaces are shown',
    why: 'see SECURITY.md',
  },
  {
    ...{ call: 'PUT /devices/:workspace_id/devices/:device_sn', when: 'a nickname', ...DONE, data: 'empty' },
    demo: 'every field of a device can be changed',
    why: 'the nickname alone; any other field is a 400',
  },
  {
    ...{ call: 'PUT /devices/:workspace_id/devices/:device_sn', when: 'it is not known' },
    ...{ status: 200, code: -1, data: 'shape:refusal' },
  },
  {
    ...{ call: 'POST /devices/:device_sn/binding', when: 'it is free, or ours', ...DONE, data: 'empty' },
    demo: 'code -1 until the device is online',
    why: 'at once: a page need not repeat it. The demo pushes `device_online` again; here it was pushed when it came',
  },
  {
    ...{ call: 'POST /devices/:device_sn/binding', when: 'another workspace has it' },
    ...{ status: 200, code: 403003, data: 'shape:refusal' },
    demo: 'it changes hands',
    why: 'a serial number stays with its workspace until it is unbound there',
  },
  {
    ...{ call: 'POST /devices/:device_sn/binding', when: 'the workspace holds as many as it may' },
    ...{ status: 200, code: 409002, data: 'shape:refusal' },
    demo: 'has no limit',
    why: '`limits.devicesPerWorkspace`',
  },
  { call: 'DELETE /devices/:device_sn/unbinding', when: 'it is ours', ...DONE, data: 'empty' },
  {
    ...{ call: 'DELETE /devices/:device_sn/unbinding', when: 'it is not' },
    ...{ status: 200, code: -1, data: 'shape:refusal' },
    demo: 'code 0',
    why: 'nothing was unbound',
  },
  { call: 'GET /workspaces/:workspace_id/devices/topologies', ...DONE, data: 'shape:topologies' },
]

/** Of this platform, and not in the demo. */
export const OTHER_CALLS = [
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
    demo: '`gateway_sn` and nothing else, while it has no aircraft',
    why: 'the gateway itself; its front end tells the two apart by `sn`',
  },
  { push: 'device_offline', to: 'both', of: 'an aircraft', data: 'shape:offlineAircraft' },
  { push: 'device_offline', to: 'both', of: 'a gateway', data: 'shape:offlineGateway' },
  {
    ...{ push: 'device_update_topo', to: 'both', of: 'a gateway', data: 'shape:changed' },
    demo: 'never sent',
    why: "as DJI's documents have it",
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
    why: 'whatever of the seven it has told',
  },
]

/** Around every push. */
export const PUSH_FRAME = ['biz_code', 'data', 'timestamp', 'version']
