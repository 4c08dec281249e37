/** The part of a terminal that matters for a QR code. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Modules without ink around a code. Readers need them. */
const QUIET = 4
const RESET = '\u001B[0m'
/** Black on white, on a dark and on a light terminal. */
const INK = '\u001B[30;107m'

/** Whether a terminal shows half blocks: it is one, and its texts are UTF-8. */
export function showsBlocks(screen: Screen, env: Environment, platform: string): boolean {
  if (screen.isTTY !== true || env['TERM'] === 'dumb') return false
  if (platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] === 'vscode'
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '')
}

/**
 * A QR code as lines of text, two rows of modules in each. With colors it is black on white. Without color (NO_COLOR),
 * the light modules are drawn. That is right on a dark terminal. On a light terminal the code is inverted, and most
 * readers accept that too.
 * @param isDark false outside the code
 * @returns null: the terminal is too narrow
 */
export function qrLines(
  size: number,
  isDark: (x: number, y: number) => boolean,
  { columns = 80, colors }: { readonly columns?: number | undefined; readonly colors: boolean },
): readonly string[] | null {
  const width = size + 2 * QUIET
  if (width > columns) return null
  const has = (x: number, y: number): boolean => isDark(x - QUIET, y - QUIET) === colors
  const lines: string[] = []
  for (let y = 0; y < width; y += 2) {
    let line = ''
    for (let x = 0; x < width; x += 1) {
      const [upper, lower] = [has(x, y), y + 1 < width && has(x, y + 1)]
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' '
    }
    lines.push(colors ? `${INK}${line}${RESET}` : line)
  }
  return lines
}
