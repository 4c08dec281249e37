import type { Kind } from './kinds.ts'

/** One kind or several; `shape:user` and `list:device` name a shape below. */
export type Is = Kind | `shape:${string}` | `list:${string}` | readonly (Kind | `shape:${string}`)[]

export interface Field {
  readonly name: string
  /** What DJI's demo has there; empty: no such field. */
  readonly demo: string
  readonly here: Is
  /** Why the two differ, if they do. */
  readonly why?: string
}

export interface Shape {
  readonly title: string
  /** The class or the page of the demo that shows it. */
  readonly source: string
  readonly fields: readonly Field[]
}

const field = (name: string, demo: string, here: Is, why?: string): Field =>
  why === undefined ? { name, demo, here } : { name, demo, here, why }

const OWN_CREDENTIAL =
  'a credential of this login, for the first controller that uses it; the demo has one credential for all. Null for browsers, which do not use MQTT'
const NOT_KEPT = 'not part of this platform'
const EMPTY =
  'empty if it is not known, because the front end of the demo sorts by it as a text; the demo leaves it out'

const user: Field[] = [
  field('user_id', 'text', 'words'),
  field('username', 'text', 'words'),
  field('user_type', '1 web, 2 pilot', 'number'),
  field('workspace_id', 'text', 'uuid'),
  field('mqtt_username', 'text', ['words', 'null'], OWN_CREDENTIAL),
  field('mqtt_password', 'text', ['words', 'null'], OWN_CREDENTIAL),
  field('mqtt_addr', 'text', ['words', 'null'], 'null if there is no credential'),
]

const topologyDevice: Field[] = [
  field('sn', 'text', 'words'),
  field(
    'device_callsign',
    'nickname',
    'words',
    'the nickname; without one the model, then the serial number',
  ),
  field('device_model', 'object', 'shape:model'),
  field('online_status', 'true or false', 'boolean'),
  field('user_id', 'not there', 'text', 'the user who is logged in on the controller'),
  field('user_callsign', 'nickname of the device', 'text', "the user's name, as in DJI's documents"),
  field('icon_urls', 'object', 'shape:icons'),
  field('model', 'text', 'words'),
  field('bound_status', 'true or false', 'boolean'),
  field('domain', 'number', 'number'),
]

const model: Field[] = [
  field('device_model_key', 'text', 'key'),
  field('key', '', 'key', "its name in DJI's documents"),
  field('domain', 'number', 'digits', "a text in DJI's documents"),
  field('type', 'number', 'digits', "a text in DJI's documents"),
  field('sub_type', 'number', 'digits', "a text in DJI's documents"),
]

const device: Field[] = [
  field('device_sn', 'text', 'words'),
  field('device_name', 'text', 'words', 'without a known model the key, then the serial number'),
  field('device_desc', 'text', 'empty', NOT_KEPT),
  field('nickname', 'text', 'words', 'without one the model, then the serial number'),
  field('workspace_id', 'text', 'uuid'),
  field('workspace_name', 'text', 'words'),
  field('domain', 'number', ['number', 'null'], 'null until the device has told its type'),
  field('type', 'number', ['number', 'null'], 'null until the device has told its type'),
  field('sub_type', 'number', ['number', 'null'], 'null until the device has told its type'),
  field('status', 'true or false', 'boolean'),
  field('bound_status', 'true or false', 'boolean'),
  field('bound_time', 'text', ['time', 'empty'], EMPTY),
  field('login_time', 'text', ['time', 'empty'], `the time when it was last online; ${EMPTY}`),
  field(
    'user_id',
    'not there',
    'text',
    'the user who is logged in on it; if nobody is, the user who has bound it',
  ),
  field('firmware_version', 'text', 'text'),
  field('firmware_status', '1 to 4', 'number', 'always 1 (no update): updates are not part of this platform'),
  field('firmware_progress', 'number', 'number', 'always 0: updates are not part of this platform'),
  field('thing_version', 'text', 'empty', 'not kept'),
  field('control_source', 'A, B or empty', 'empty', 'not kept'),
  field('icon_url', 'object', 'shape:icons'),
  field('child_device_sn', 'text', 'text', 'empty where there is none'),
  field('parent_sn', 'text', 'text', 'empty where there is none'),
  field('payloads_list', 'list, of an aircraft in a list', 'list:payload'),
  field('children', 'one device', ['shape:device', 'null'], 'null where there is none'),
]

export const SHAPES: Readonly<Record<string, Shape>> = {
  user: { title: 'A user', source: 'UserDTO; pilot-home.vue', fields: user },
  login: {
    title: 'A user who has logged in',
    source: 'UserDTO; pilot-index.vue, page-web/index.vue',
    fields: [
      ...user,
      field('access_token', 'text', 'words'),
      field('expires_at', '', 'seconds', 'for pages that refresh in time'),
    ],
  },
  workspace: {
    title: 'A workspace',
    source: 'WorkspaceDTO; pilot-home.vue, topbar.vue',
    fields: [
      field(
        'id',
        'number of a row',
        'uuid',
        'the same as workspace_id: rows have no numbers here, and the front end of the demo does not read it',
      ),
      field('workspace_id', 'text', 'uuid'),
      field('workspace_name', 'text', 'words'),
      field('workspace_desc', 'text', 'text'),
      field('platform_name', 'text', 'words'),
      field('bind_code', 'text', 'empty', 'docks use it to bind themselves; only the host can allow that'),
    ],
  },
  device: { title: 'A device', source: 'DeviceDTO; devices.vue, tsa.vue', fields: device },
  payload: {
    title: 'A payload',
    source: 'DevicePayloadDTO; tsa.vue',
    fields: [
      field('payload_sn', 'text', 'words'),
      field(
        'payload_name',
        'text',
        'key',
        'the payload index, because there is no table of payload names here',
      ),
      field('payload_desc', 'text', 'empty', 'empty, because there is no table of payload names here'),
      field('index', 'number', 'number'),
      field('control_source', 'A, B or empty', 'text'),
      field('payload_index', 'text', 'key'),
    ],
  },
  page: {
    title: 'A page of devices',
    source: 'PaginationData',
    fields: [field('list', 'list', 'list:device'), field('pagination', 'object', 'shape:pagination')],
  },
  pagination: {
    title: 'Which page',
    source: 'Pagination; devices.vue',
    fields: [
      field('page', 'number', 'number'),
      field('page_size', 'number', 'number'),
      field('total', 'number', 'number'),
    ],
  },
  topologies: {
    title: 'Topologies',
    source: 'TopologyResponse',
    fields: [
      field(
        'list',
        'list',
        'list:topology',
        'only devices that have been online since the start of the platform',
      ),
    ],
  },
  topology: {
    title: 'A topology',
    source: 'TopologyList',
    fields: [
      field('hosts', 'list', 'list:aircraft', 'every aircraft of the controller'),
      field('parents', 'list', 'list:gateway'),
    ],
  },
  gateway: {
    title: 'A gateway in a topology, and in `device_online`',
    source: 'TopologyDeviceDTO',
    fields: [...topologyDevice, field('gateway_sn', 'not there', 'absent')],
  },
  aircraft: {
    title: 'An aircraft in a topology, and in `device_online`',
    source: 'TopologyDeviceDTO; pilot-home.vue, pilot-bind.vue, GMap.vue',
    fields: [...topologyDevice, field('gateway_sn', 'text, only in `device_online`', 'words')],
  },
  model: { title: 'What it is', source: 'TopologyDeviceModel', fields: model },
  icons: {
    title: 'Its pictures',
    source: 'DeviceIconUrl',
    fields: [
      field(
        'normal_icon_url',
        'text',
        'words',
        "those of DJI's documents; the demo has the icons of a person",
      ),
      field(
        'selected_icon_url',
        'text',
        'words',
        "those of DJI's documents; the demo has the icons of a person",
      ),
    ],
  },
  refusal: {
    title: 'A refusal',
    source: 'HttpResultResponse.error: no data',
    fields: [
      field('error', '', 'words', 'its name, for programs'),
      field('hint', '', 'words', 'what to do'),
      field('*', '', 'told', 'more fields, for some errors'),
    ],
  },
  offlineAircraft: {
    title: 'An aircraft that went offline',
    source: 'TopologyDeviceDTO; pilot-home.vue, GMap.vue',
    fields: [
      field('sn', 'text', 'words'),
      field('online_status', 'false', 'no'),
      field('gateway_sn', 'not there', 'words', 'the gateway that had it'),
    ],
  },
  offlineGateway: {
    title: 'A gateway that went offline',
    source: 'TopologyDeviceDTO; GMap.vue',
    fields: [field('sn', 'text', 'words'), field('online_status', 'false', 'no')],
  },
  changed: {
    title: 'A topology that changed',
    source: 'BizCodeEnum: named, and never sent',
    fields: [
      field(
        'sn',
        '',
        'words',
        "that of the gateway; DJI's documents say that Pilot fetches the topologies again",
      ),
    ],
  },
  whole: {
    title: 'A report, for a browser',
    source: 'TelemetryDTO; GMap.vue, tsa.vue',
    fields: [
      field('sn', 'text', 'words'),
      field(
        'host',
        'the report',
        'told',
        'the newest value of each OSD field, because a report has only what changed',
      ),
    ],
  },
  lean: {
    title: 'A report, for Pilot',
    source: 'DeviceOsdWsResponse',
    fields: [field('sn', 'text', 'words'), field('host', 'object', 'shape:position')],
  },
  position: {
    title: 'Where it is',
    source: 'DeviceOsdHost',
    fields: [
      'latitude',
      'longitude',
      'height',
      'attitude_head',
      'elevation',
      'horizontal_speed',
      'vertical_speed',
    ].map((name) => field(name, 'number', ['number', 'absent'], 'left out while it is not known')),
  },
}
