/** The texts of the login page and of the page for phones. */
export const en = {
  'phone-login.title': 'Log in with your phone',
  'phone-login.start': 'Log in with your phone',
  'phone-login.making': 'One moment…',
  'phone-login.qr': 'QR code for your phone',
  'phone-login.scan':
    'Scan the QR code with the camera of your phone. Or open this address on the phone, and enter the code:',
  'phone-login.compare': 'Compare the code on the phone. If it is the same, press Approve there.',
  'phone-login.left': 'The code works for {time} more.',
  'phone-login.waiting': 'Waiting for your phone…',
  'phone-login.opened': 'Your phone has opened it. Press Approve there.',
  'phone-login.approved': 'Approved. You are being logged in…',
  'phone-login.offline': 'The server does not answer. The page tries again.',
  'phone-login.expired': 'The code has run out.',
  'phone-login.ending': 'The time is over. The page looks whether it was approved in time…',
  'phone-login.denied': 'The login was denied on the phone.',
  'phone-login.invalid': 'This code does not work any more.',
  'phone-login.unreached': 'The server was not reached. Check the network and try again.',
  'phone-login.busy': 'Too many codes were asked for from this network. Wait a few minutes.',
  'phone-login.failed': 'The server could not make a code.',
  'phone-login.new': 'New code',

  'phone-login.page.title': 'Log a controller in',
  'phone-login.page.login': 'Log in on this phone first. Then you see which controller asks.',
  'phone-login.page.none': 'Nobody can log in here at the moment. Try again later.',
  'phone-login.page.kept': 'The code {code} stays entered.',
  'phone-login.page.you': 'You are logged in as {name}, workspace {workspace}.',
  'phone-login.page.enter': 'Code on the controller',
  'phone-login.page.hint': '8 letters, such as BCDF-GHJK.',
  'phone-login.page.short': 'The code has 8 letters, such as BCDF-GHJK. Enter all of them.',
  'phone-login.page.next': 'Next',
  'phone-login.page.busy': 'One moment…',
  'phone-login.page.question': 'Is this your controller?',
  'phone-login.page.compare': 'It must show the same code:',
  'phone-login.page.controller': 'Controller',
  'phone-login.page.claimed': 'it says so; not checked',
  'phone-login.page.nameless': 'not known',
  'phone-login.page.where': 'Address',
  'phone-login.page.when': 'Asked',
  'phone-login.page.ago': '{time}, {ago} min ago',
  'phone-login.page.into': 'Logs in',
  'phone-login.page.far':
    'It is in another network than this phone. That is normal with mobile data, but it can also be somebody far away.',
  'phone-login.page.warning':
    'Approve only the controller in your hands, and only if it shows the same code. If somebody sent you a link or a code, press Deny: they want to be logged in as you.',
  'phone-login.page.approve': 'Approve',
  'phone-login.page.deny': 'Deny',
  'phone-login.page.left': 'You can decide for {time} more.',
  'phone-login.page.unreached': 'The server did not answer. Press the button again.',
  'phone-login.page.again': 'Another code',
  'phone-login.page.only': 'Do you not need the login on this phone any more?',
  'phone-login.page.logout': 'Log out of {service}',

  'phone-login.approved.title': 'Approved',
  'phone-login.approved.text':
    'In a few seconds the controller is logged in as {name}, workspace {workspace}. You can close this page.',
  'phone-login.denied.title': 'Denied',
  'phone-login.denied.text':
    'The controller is not logged in. If it is yours after all, press "New code" on it.',
  'phone-login.used.title': 'Already decided',
  'phone-login.used.text':
    'Another user has already approved or denied this code. If you did not expect that, look which name the controller shows now. If it is a wrong one, log out there, and log in with a new code.',
  'phone-login.opened_elsewhere.title': 'Open on another phone',
  'phone-login.opened_elsewhere.text':
    'Another user has opened this code first, so you cannot approve it. If that is not a colleague beside you, somebody has copied the code: make a new one on the controller.',
  'phone-login.expired.title': 'Too late',
  'phone-login.expired.text':
    'The code has run out. Nothing was approved. Press "New code" on the controller.',
  'phone-login.unknown.title': 'This code is not known',
  'phone-login.unknown.text':
    'Compare it with the controller, and enter it again. If the controller shows no code, make a new one there.',
  'phone-login.web_only.title': 'Not with this account',
  'phone-login.web_only.text':
    'The account {name} is for browsers only. It cannot be logged in at a controller. Nothing was approved.',
  'phone-login.other_workspace.title': 'Another workspace',
  'phone-login.other_workspace.text':
    'This controller belongs to another workspace than yours ({workspace}). Nothing was approved. A pilot of that workspace can approve. To move the controller, ask the person who manages your controllers.',
  'phone-login.not_allowed.title': 'Not allowed',
  'phone-login.not_allowed.text':
    'Your account may not log this controller in. Nothing was approved. Ask the person who manages the accounts.',
  'phone-login.signed_out.title': 'You are not logged in any more',
  'phone-login.signed_out.text':
    'The login on this phone has ended, or somebody else has logged in. Nothing was approved. Press the button to load the page again.',
  'phone-login.throttled.title': 'Too many codes',
  'phone-login.throttled.text':
    'Too many wrong codes were entered, or too many approvals were refused. Wait a quarter of an hour, and compare the code with the controller.',
  'phone-login.offline.title': 'No connection',
  'phone-login.offline.text':
    'The server was not reached. Check the network of this phone, and enter the code again.',
  'phone-login.failed.title': 'That did not work',
  'phone-login.failed.text': 'The server could not answer ({code}). Enter the code again.',
} as const
