import { generate } from 'lean-qr'
import { describe, expect, it } from 'vitest'
import { qrLines, showsBlocks } from '../../src/start-up/qr.ts'

const code = generate('http://192.168.1.20:3000/pilot')
const isDark = (x: number, y: number): boolean => code.get(x, y)
const ESCAPE = '\u001B'

/** The modules that the lines show, with the quiet zone, as a camera sees them. @param dark the color of a drawn half */
function modules(lines: readonly string[], dark: boolean): boolean[][] {
  const plain = lines.map((line) => line.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g'), ''))
  return plain.flatMap((line) => [
    [...line].map((half) => '█▀'.includes(half) === dark),
    [...line].map((half) => '█▄'.includes(half) === dark),
  ])
}

describe('a QR code on a terminal', () => {
  it.each([
    ['in color: black on white', true],
    ['without color: the light modules are drawn', false],
  ])('%s', (_name, colors) => {
    const lines = qrLines(code.size, isDark, { columns: 80, colors }) ?? []
    const seen = modules(lines, colors)
    for (let y = -4; y < code.size + 4; y += 1)
      for (let x = -4; x < code.size + 4; x += 1) expect(seen[y + 4]?.[x + 4], `${x}/${y}`).toBe(isDark(x, y))
    expect(lines.join('').includes(ESCAPE)).toBe(colors)
  })

  it('is left out where it does not fit', () => {
    expect(qrLines(code.size, isDark, { columns: code.size + 7, colors: true })).toBeNull()
    expect(qrLines(code.size, isDark, { columns: code.size + 8, colors: true })).not.toBeNull()
  })
})

it.each<[boolean, { isTTY?: boolean }, Record<string, string>, string]>([
  [true, { isTTY: true }, { LANG: 'de_CH.UTF-8' }, 'linux'],
  [true, { isTTY: true }, { LANG: 'C', LC_ALL: 'en_US.utf8' }, 'darwin'],
  [false, { isTTY: true }, { LANG: 'C' }, 'linux'],
  [false, { isTTY: true }, {}, 'linux'],
  [false, { isTTY: true }, { LANG: 'en_US.UTF-8', TERM: 'dumb' }, 'linux'],
  [false, {}, { LANG: 'en_US.UTF-8' }, 'linux'],
  [true, { isTTY: true }, { WT_SESSION: 'x' }, 'win32'],
  [false, { isTTY: true }, {}, 'win32'],
])('shows blocks %s: %j %j %s', (expected, screen, env, platform) => {
  expect(showsBlocks(screen, env, platform)).toBe(expected)
})
