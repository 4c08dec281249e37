/** English. A language is one file of these keys; `{name}` is filled in by the page. */
export const en = {
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
  'login.refused': 'User name or password is wrong. Check both: capitals matter.',
  'login.account': 'This account cannot be used on a controller. Ask for a pilot account.',
  'login.throttled': 'Too many attempts. Wait a moment, then try again.',
  'login.unreachable': 'The server cannot be reached. Check the network of the controller, then try again.',
  'login.failed': 'The server could not log you in. Try again shortly.',

  'reason.expired': 'Your login has expired. Please log in again.',
  'reason.invalid': 'Your login is not valid here. Please log in again.',
  'reason.revoked': 'Your session was ended. Please log in again.',
  'reason.spent': 'This login was used elsewhere. Please log in again.',
  'reason.signed_out': 'You are logged out.',

  'notice.outside.title': 'Not opened in DJI Pilot 2',
  'notice.outside.login':
    'You can log in here, but a controller connects only from DJI Pilot 2: Cloud Service, Open Platforms.',
  'notice.outside.home': 'No controller connects from this browser. Below is what the server knows.',
  'notice.licence.title': 'DJI licence not configured',
  'notice.licence.text':
    'The operator of this platform has to set the app id, key and licence of a DJI Cloud API app. Until then no controller can connect.',
  'notice.unreachable.title': 'Server not reached',
  'notice.unreachable.text': 'Your login is kept. Trying again by itself.',
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
  'home.steps': 'Steps',
  'home.devices': 'Devices in this workspace',
  'home.devices.none': 'No device has connected yet.',
  'home.retry': 'Try again',
  'home.copy': 'Copy report',
  'home.copied': 'Copied',
  'home.logout': 'Log out',
  'home.theme': 'Light / dark',
  'home.reload': 'Reload',
  'home.since': 'As of {time}',
  'home.problem': 'What to do',

  'link.connected': 'Connected',
  'link.connecting': 'Connecting…',
  'link.disconnected': 'Disconnected',
  'link.outside': 'No controller',
  'link.connected.text': 'You can leave this page. The connection stays.',
  'link.connecting.text': 'Stay on this page until it says Connected.',
  'link.disconnected.text': 'The controller is not connected to the cloud.',
  'link.outside.text': 'Open this address in DJI Pilot 2.',

  'device.online': 'online',
  'device.offline': 'offline',

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

  'module.api': 'server interface (api)',
  'module.thing': 'controller link (thing)',
  'module.ws': 'live data (ws)',
  'module.tsa': 'other aircraft (tsa)',
  'module.liveshare': 'live video (liveshare)',
  'module.map': 'map elements (map)',
  'module.media': 'photo upload (media)',
  'module.mission': 'routes (mission)',
  'module.mop': 'payload channel (mop)',

  'hint.licence_missing': 'The operator of this platform has to configure app id, app key and licence.',
  'hint.licence_format':
    'App id, key and licence do not belong together, or one was changed when copied. The operator has to copy all three again from one Cloud API app.',
  'hint.licence_refused':
    'DJI Pilot 2 refused the licence. The first check needs the Internet; if it has it, the operator has to check app id, key and licence.',
  'hint.not_verified':
    'DJI Pilot 2 does not confirm the licence. Check the Internet of the controller, then try again.',
  'hint.workspace_uuid': 'The id of the workspace is not a UUID. The operator has to correct it.',
  'hint.module_not_loaded': 'DJI Pilot 2 was not ready yet. Try again.',
  'hint.pilot_outdated':
    'This version of DJI Pilot 2 cannot do that. Update it, and the firmware of the controller.',
  'hint.pilot_error':
    'DJI Pilot 2 refused. Try again; if it stays, restart the controller and send the report.',
  'hint.gateway_unknown':
    'DJI Pilot 2 does not know the serial number of the controller yet. If it stays so, restart the controller.',
  'hint.mqtt_waiting':
    'No connection yet; it goes on trying. If it stays so, the operator has to check that the controller can reach this address:',
  'hint.mqtt_address': 'DJI Pilot 2 was asked to connect again.',
  'hint.ws_waiting': 'Live data is not connected yet. The rest works.',
  'hint.server_unreachable': 'The server does not answer. Your login is kept; it tries again by itself.',
  'hint.server_refused': 'The server refused. Send the report to the operator.',
  'hint.broker_unavailable': 'The server has trouble with its MQTT broker. It tries again by itself.',
  'hint.other_workspace': 'This controller belongs to another workspace. Ask the operator to release it.',
  'hint.session_ended': 'The session was ended. Log in again.',

  'error.title': 'This did not work',
  'error.code': 'Code',
  'error.back': 'To the start page',
} as const

export type TextKey = keyof typeof en
export type Texts = Readonly<Record<TextKey, string>>
