import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
]

/** Where some installers put Chromium without adding it to PATH. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
}

/** All paths where a Chromium may be, best first. If `CHROMIUM` is set, only its path. */
function chromiumPaths(env: Environment, platform: string): readonly string[] {
  const named = env['CHROMIUM']
  if (named !== undefined && named !== '') return [named]
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const suffix = platform === 'win32' ? '.exe' : ''
  return [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, `${name}${suffix}`))),
    ...(PLACES[platform] ?? []),
  ]
}

const isRunnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The path of a Chromium. Null: none is installed, or the path in `CHROMIUM` cannot be run. */
export const findChromium = (
  env: Environment = process.env,
  platform: string = process.platform,
): string | null => chromiumPaths(env, platform).find(isRunnable) ?? null
