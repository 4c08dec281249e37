import { VARIABLES } from '../../src/core/options/environment.ts'
import { type OptionRow, optionRows } from './option-rows.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``)

function line({ path, type, default: fallback, meaning }: OptionRow): string {
  const variable = VARIABLES[path]
  return `| ${[code(path), code(type), cell(fallback), variable === undefined ? '' : code(variable), cell(meaning)].join(' | ')} |`
}

export const optionsPage = (rows: readonly OptionRow[] = optionRows()): string => `# Options

Written by \`npm run docs\` from the docstrings of \`src/core/options/types.ts\`: change those, not this. Each is a field of
what is given to \`djiCloud({ ... })\`, and each is optional in development. An option beats its variable; an unknown name
is refused with the nearest known one. Times are in seconds.

| option | type | default | variable | what for |
|---|---|---|---|---|
${rows.map(line).join('\n')}
`
