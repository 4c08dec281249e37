import { execFileSync } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
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

/** @param only the part of the names that was measured; undefined: all rows */
export function markdown(lines: readonly Line[], only?: string): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    only === undefined ? '# Benchmarks' : `# Benchmarks: ${only}`,
    '',
    `Written by \`npm run bench -- ${only === undefined ? '' : `--only ${only} `}--write\` at commit \`${commit()}\` with Node ${process.versions.node} on ${availableParallelism()} cores, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}. Ratios are medians of rounds that alternate`,
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

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', 'src') === '' ? '' : ' with changes'}`
}
