import { findingTexts } from './finding-texts.ts'

/** English. A language is one file of these keys; `{name}` is filled in by the page. */
export const en = {
  ...findingTexts,

  'login.title': 'Log in',
  'login.username': 'User name',
  'login.password': 'Password',
  'login.show': 'Show',
  'login.hide': 'Hide',
  'login.submit': 'Log in',
  'login.busy': 'Logging in…',
  'login.checking': 'Checking your login…',
  'login.again': 'Log in with another account',
  'login.missing': 'Type your user name and your password.',
  'login.refused': 'User name or password is wrong. Check both, also upper and lower case.',
  'login.account': 'This account cannot be used on a controller. Ask for a pilot account.',
  'login.throttled': 'Too many attempts. Wait a moment, then try again.',
  'login.unreachable': 'The server cannot be reached. Check the network of the controller, then try again.',
  'login.failed': 'The server could not log you in. Try again in a moment.',

  'reason.expired': 'Your login has expired. Please log in again.',
  'reason.invalid': 'Your login is not valid here. Please log in again.',
  'reason.revoked': 'Your session was ended. Please log in again.',
  'reason.spent': 'This login was used elsewhere. Please log in again.',
  'reason.signed_out': 'You are logged out.',

  'notice.outside.title': 'Not opened in DJI Pilot 2',
  'notice.outside.login':
    'You can log in here, but a controller connects only from DJI Pilot 2: Cloud Service, Open Platforms.',
  'notice.outside.home': 'No controller connects from this browser. The list below is what the server knows.',
  'notice.license.title': 'DJI licence not configured',
  'notice.license.text':
    'The operator of this platform has to set the app id, key and licence of a DJI Cloud API app. Until then no controller can connect.',
  'notice.unreachable.title': 'Server not reached',
  'notice.unreachable.text': 'You stay logged in. The page tries again by itself.',
  'notice.offline.title': 'No network',
  'notice.offline.text':
    'The controller is offline. This page shows the state of the time given. It continues by itself when the network is back.',
  'notice.script.title': 'This page could not start',
  'notice.script.text':
    'Reload it. If that does not help, update the firmware of the controller and DJI Pilot 2.',
  'notice.noscript.text':
    'This page needs JavaScript. Update the firmware of the controller and DJI Pilot 2.',

  'home.title': 'Connection',
  'home.controller': 'Controller',
  'home.aircraft': 'Aircraft',
  'home.workspace': 'Workspace',
  'home.user': 'Pilot',
  'home.none': 'none',
  'home.unknown': 'unknown',
  'home.modules': 'Modules',
  'home.reload.module': 'Reload {module}',
  'home.steps': 'Steps',
  'home.stuck': 'What to do',
  'home.devices': 'Devices in this workspace',
  'home.devices.none': 'No device has connected yet.',
  'home.retry': 'Try again',
  'home.copy': 'Copy report',
  'home.copied': 'Copied',
  'home.logout': 'Log out',
  'home.theme': 'Light / dark',
  'home.reload': 'Reload',
  'home.since': 'As of {time}',
  'home.server': 'Server last reached at {time}.',
  'home.apps': 'Other apps',
  'home.leave': 'Disconnect',

  'link.connected': 'Connected',
  'link.connecting': 'Connecting…',
  'link.disconnected': 'Disconnected',
  'link.outside': 'No controller',
  'link.connected.text': 'You can go back to DJI Pilot 2. The connection stays.',
  'link.connecting.text': 'Stay on this page until it says Connected.',
  'link.disconnected.text': 'The controller is not connected to the cloud.',
  'link.outside.text': 'Open this address in DJI Pilot 2.',

  'device.online': 'online',
  'device.offline': 'offline',

  'state.loaded': 'on',
  'state.loading': 'starting…',
  'state.failed': 'failed',
  'state.off': 'off',
  'state.connected': 'connected',
  'state.connecting': 'connecting…',
  'state.disconnected': 'disconnected',

  'media.title': 'Photo and video upload',
  'media.photo': 'Upload photos automatically',
  'media.type': 'Photos are uploaded as',
  'media.type.0': 'originals',
  'media.type.1': 'previews',
  'media.video': 'Upload videos automatically',

  'live.title': 'Live streaming',
  'live.mode': 'Started by',
  'live.mode.video-on-demand': 'the operator',
  'live.mode.video-by-manual': 'the pilot',
  'live.mode.video-demand-aux-manual': 'the operator, or the pilot',
  'live.url': 'RTMP address',
  'live.start': 'Start',
  'live.stop': 'Stop',
  'live.status': 'Stream',
  'live.status.0': 'not connected',
  'live.status.1': 'connected',
  'live.status.2': 'live',
  'live.status.unknown': 'unknown',
  'setting.refused': 'DJI Pilot 2 did not take this setting.',

  'app.missing': '{name} (not installed)',

  'diagnosis.title': 'Diagnostics',
  'diagnosis.none': 'No problem found.',
  'diagnosis.addresses': 'Addresses given to this controller',
  'diagnosis.for-server': 'For the people who run the server: {text}',
  'diagnosis.page': 'Page',
  'diagnosis.api': 'Server (api)',
  'diagnosis.ws': 'Live data (ws)',
  'diagnosis.mqtt': 'Connection (MQTT)',
  'diagnosis.versions': 'Versions',
  'diagnosis.pilot': 'DJI Pilot 2',
  'diagnosis.engine': 'Web view',
  'diagnosis.build': 'Platform',
  'diagnosis.clock': 'Clock',
  'diagnosis.clock.same': 'same as the server',
  'diagnosis.clock.behind': '{seconds} s behind the server',
  'diagnosis.clock.ahead': '{seconds} s ahead of the server',

  'leave.title': 'Disconnect?',
  'leave.text':
    'The controller disconnects from the cloud and DJI Pilot 2 leaves the platform. Your login stays for the next time.',
  'leave.confirm': 'Disconnect',
  'leave.cancel': 'Stay connected',

  'logout.title': 'Log out?',
  'logout.text': 'The controller disconnects from the cloud and DJI Pilot 2 leaves the platform.',
  'logout.confirm': 'Log out',
  'logout.cancel': 'Stay logged in',
  'logout.busy': 'Logging out…',

  'status.running': 'working',
  'status.ok': 'done',
  'status.skipped': 'already done',
  'status.waiting': 'waiting',
  'status.failed': 'failed',

  'step.session': 'Login',
  'step.refresh': 'Renew the login',
  'step.gateway': 'Controller',
  'step.verify': 'DJI licence',
  'step.check': 'Licence confirmed by DJI Pilot 2',
  'step.workspace': 'Workspace',
  'step.information': 'Platform name',
  'step.token': 'Hand over the login',
  'step.credentials': 'Address for the connection (MQTT)',
  'step.reconnect': 'Connect again',
  'step.load': 'Load: {module}',
  'step.unload': 'Unload: {module}',
  'step.connect': 'Connect: {module}',
  'step.page': 'This page',
  'step.live': 'Live streaming',

  'module.api': 'server interface (api)',
  'module.thing': 'controller link (thing)',
  'module.ws': 'live data (ws)',
  'module.tsa': 'other aircraft (tsa)',
  'module.liveshare': 'live video (liveshare)',
  'module.map': 'map elements (map)',
  'module.media': 'photo upload (media)',
  'module.mission': 'routes (mission)',
  'module.mop': 'payload channel (mop)',

  'hint.license_missing': 'The operator of this platform has to configure app id, app key and licence.',
  'hint.license_format':
    'App id, key and licence do not belong together, or one of them was copied wrong. The operator has to copy all three again from one Cloud API app.',
  'hint.license_refused':
    'DJI Pilot 2 refused the licence. The first check needs the Internet. If the controller has Internet, the operator has to check app id, key and licence.',
  'hint.not_verified':
    'DJI Pilot 2 does not confirm the licence. Check the Internet of the controller, then try again.',
  'hint.workspace_uuid': 'The id of the workspace is not a UUID. The operator has to correct it.',
  'hint.module_not_loaded': 'DJI Pilot 2 was not ready yet. Try again.',
  'hint.pilot_outdated':
    'This version of DJI Pilot 2 cannot do that. Update it, and the firmware of the controller.',
  'hint.pilot_error':
    'DJI Pilot 2 refused. Try again. If it refuses again, restart the controller and send the report.',
  'hint.gateway_unknown':
    'DJI Pilot 2 does not know the serial number of the controller yet. If this does not change, restart the controller.',
  'hint.mqtt_waiting':
    'No connection yet; DJI Pilot 2 keeps trying. If this does not change, the operator has to check that the controller can reach this address:',
  'hint.mqtt_address': 'DJI Pilot 2 was asked to connect again.',
  'hint.ws_waiting': 'Live data is not connected yet. The rest works.',
  'hint.server_unreachable':
    'The server does not answer. You stay logged in, and the page tries again by itself.',
  'hint.server_refused': 'The server refused. Send the report to the operator.',
  'hint.broker_unavailable': 'The server has a problem with its MQTT broker. It tries again by itself.',
  'hint.other_workspace': 'This controller belongs to another workspace. Ask the operator to release it.',
  'hint.session_ended': 'The session was ended. Log in again.',

  'error.title': 'This did not work',
  'error.missing': 'There is no such page here. Check the address.',
  'error.busy': 'The server is busy or not ready. Try again in a moment.',
  'error.refused': 'The server refused this. Start again from the first page.',
  'error.server': 'Something went wrong on the server. Try again, and send the code to the operator.',
  'error.code': 'Code',
  'error.back': 'To the start page',
} as const

/** The key of a text on the pages, such as `'login.submit'`. */
export type TextKey = keyof typeof en
/** All texts of one language, by key. */
export type Texts = Readonly<Record<TextKey, string>>
