import { availableParallelism } from 'node:os'
import type { Row } from './row.ts'

export interface Line {
  readonly row: Row
  readonly value: number
  readonly detail: string
  readonly pass: boolean
}

const HEAD = ['what', 'goal', 'measured', 'verdict', 'made of'] as const

export function table(lines: readonly Line[]): string {
  const cells = [HEAD, ...lines.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function markdown(lines: readonly Line[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    '# Benchmarks',
    '',
    `Written by \`npm run bench -- --write\` with Node ${process.versions.node} on ${availableParallelism()} cores. Ratios are medians of rounds that alternate`,
    'between both programs in one run; milliseconds and kilobytes are of that machine and build.',
    '',
    row(HEAD),
    row(HEAD.map(() => '---')),
    ...lines.map((line) => row(cellsOf(line))),
    '',
  ].join('\n')
}

function cellsOf({ row, value, detail, pass }: Line): readonly string[] {
  const number = (of: number) => [of.toFixed(row.unit === '' ? 2 : 1), row.unit].join(' ').trim()
  const goal = 'atLeast' in row.goal ? `>= ${number(row.goal.atLeast)}` : `<= ${number(row.goal.atMost)}`
  return [row.name, goal, number(value), pass ? 'pass' : 'below', detail]
}
