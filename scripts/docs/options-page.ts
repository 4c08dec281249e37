import { VARIABLES } from '../../src/core/options/environment.ts'
import { type OptionRow, optionRows } from './option-rows.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``)

function line({ path, type, default: fallback, meaning }: OptionRow): string {
  const variable = VARIABLES[path]
  return `| ${[code(path), code(type), cell(fallback), variable === undefined ? '' : code(variable), cell(meaning)].join(' | ')} |`
}

/** The nineteen colours for light and dark are described once, below the table. */
const isColour = ({ path }: OptionRow): boolean => /^pages\.theme\.(light|dark)\./.test(path)
const colour = ({ path, meaning }: OptionRow): string =>
  `* ${code(path.replace(/^pages\.theme\.light\./, ''))}: ${meaning}`

export const optionsPage = (rows: readonly OptionRow[] = optionRows()): string => `# Options

Written by \`npm run docs\` from the docstrings of \`src/core/options/types.ts\` of the repository: change those, not this page. Each is a field of
the object that you give to \`djiCloud({ ... })\`, and each is optional in development. An option wins over its variable. An unknown name
is refused, and the error names the nearest known one.

| option | type | default | variable | what for |
|---|---|---|---|---|
${rows
  .filter((row) => !isColour(row))
  .map(line)
  .join('\n')}

## Colours of \`pages.theme.light\` and \`pages.theme.dark\`
Any CSS colour that Chromium 70 knows; each has a default.

${rows
  .filter((row) => isColour(row) && row.path.startsWith('pages.theme.light.'))
  .map(colour)
  .join('\n')}
`
