import type { FindingRow } from './row.ts'

/** Findings about a page of another platform that runs inside Pilot. */
export const INSIDE = {
  'page-mixed': {
    severity: 'problem',
    row: 7,
    what: 'An https page loads a part of itself over plain http.',
    why: 'The web view blocks it: scripts and styles are then missing.',
    pilot: null,
    server: 'Load every part over https, or by an address without scheme and host.',
  },
  'page-script-error': {
    severity: 'warning',
    row: 5,
    what: 'A script of the page failed.',
    why: 'The rest of the script does not run, and the calls to Pilot may be in it.',
    pilot: null,
    server: 'Open the page in a browser and read its console.',
  },
  'bridge-unused': {
    severity: 'problem',
    row: 5,
    what: 'The page never speaks to Pilot.',
    why: 'Pilot gets no licence, no workspace and no module. It only shows the page, like a browser.',
    pilot: null,
    server: 'Check that this is the page that pilots open. It has to call window.djiBridge.',
  },
  'bridge-no-license': {
    severity: 'problem',
    row: 2,
    what: 'The page gives Pilot no licence.',
    why: 'Without platformVerifyLicense every later call is refused.',
    pilot: null,
    server: 'Call it first, with the values of your app on developer.dji.com.',
  },
  'bridge-no-workspace': {
    severity: 'problem',
    row: null,
    what: 'The page does not say which workspace and platform this is.',
    why: 'Without platformSetWorkspaceId and platformSetInformation Pilot keeps nothing when the page is left.',
    pilot: null,
    server: 'Call both after the licence is verified.',
  },
  'bridge-refused': {
    severity: 'warning',
    row: null,
    what: 'Pilot refused a call of the page.',
    why: 'The call had no effect.',
    pilot: null,
    server: "Look up the code; often the licence was not verified yet, or the call's module was not loaded.",
  },
  'bridge-withdrawn': {
    severity: 'problem',
    row: 11,
    what: 'A 401 made Pilot leave the platform.',
    why: 'Pilot leaves the platform when one of its own requests is answered with 401.',
    pilot: null,
    server: 'Give the module api a token that the server accepts, and answer 401 only for a bad token.',
  },
} as const satisfies Record<string, FindingRow>
