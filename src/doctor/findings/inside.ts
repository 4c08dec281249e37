import type { Entry } from './entry.ts'

/** Findings about a page of another make that runs inside Pilot. */
export const INSIDE = {
  'page-mixed': [
    'problem',
    7,
    'An https page loads a part of itself over plain http.',
    'The web view blocks it: scripts and styles are then missing.',
    'Load every part over https, or by an address without scheme and host.',
  ],
  'page-script-error': [
    'warning',
    5,
    'A script of the page failed.',
    'What comes after the failure is not run, which may be the call of Pilot.',
    'Open the page in a browser and read its console.',
  ],
  'bridge-unused': [
    'problem',
    5,
    'The page never speaks to Pilot.',
    'Pilot is given no licence, no workspace and no module, and stays a browser.',
    'Is this the page that pilots open? It has to call window.djiBridge.',
  ],
  'bridge-no-license': [
    'problem',
    2,
    'The page gives Pilot no licence.',
    'Without platformVerifyLicense every later call is refused.',
    'Call it first, with the app of developer.dji.com.',
  ],
  'bridge-no-workspace': [
    'problem',
    null,
    'The page does not say which workspace and platform this is.',
    'Without platformSetWorkspaceId and platformSetInformation Pilot keeps nothing when the page is left.',
    'Call both once the licence is verified.',
  ],
  'bridge-refused': [
    'warning',
    null,
    'Pilot refused a call of the page.',
    'What the call was for did not happen.',
    "Look up the code; often the licence was not verified yet, or the call's module was not loaded.",
  ],
  'bridge-withdrawn': [
    'problem',
    11,
    'A 401 made Pilot leave the platform.',
    'Whatever is answered with 401 to Pilot itself ends everything.',
    'Give the module api a token that the server takes, and answer 401 only where the token is bad.',
  ],
} as const satisfies Record<string, Entry>
