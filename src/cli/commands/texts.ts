import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkTexts, type TextFinding, textsToTranslate } from '../../core/pages/texts/check-texts.ts'
import { jsonFile } from '../json-file.ts'
import { EXIT, type Terminal, UsageError } from '../terminal.ts'

export interface TextsOptions {
  readonly check?: string
  readonly update?: string
  readonly json?: boolean
}

const NEEDS = 'texts by key'

type TextMap = Readonly<Record<string, string>>

/** Prints all texts of the pages for a translator; checks a translation, or adds what is new to it. */
export async function texts(terminal: Terminal, language: string, options: TextsOptions): Promise<number> {
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language))
    throw new UsageError(`"${language}" is not a language. Write a tag such as fr or pt-BR.`)
  if (options.check !== undefined && options.update !== undefined)
    throw new UsageError('Give --check or --update, not both.')
  if (options.check !== undefined)
    return report(terminal, language, await jsonFile(terminal, options.check, NEEDS), options.json === true)
  if (options.update !== undefined) return update(terminal, language, options.update)
  terminal.print(JSON.stringify(textsToTranslate(language), null, 2))
  return EXIT.well
}

async function update(terminal: Terminal, language: string, path: string): Promise<number> {
  const before = await jsonFile(terminal, path, NEEDS)
  const after = textsToTranslate(language, before as TextMap)
  const added = Object.keys(after).filter((key) => before[key] === undefined)
  const removed = Object.keys(before).filter((key) => after[key] === undefined)
  await writeFile(resolve(terminal.cwd, path), `${JSON.stringify(after, null, 2)}\n`)
  for (const key of added) terminal.print(`added    ${key}`)
  for (const key of removed) terminal.print(`removed  ${key}: no page has it`)
  terminal.print(`${path}: ${added.length} added in English, ${removed.length} removed.`)
  return EXIT.well
}

function report(
  terminal: Terminal,
  language: string,
  given: Readonly<Record<string, unknown>>,
  asJson: boolean,
): number {
  const findings = checkTexts(language, given)
  const problems = findings.filter(({ severity }) => severity === 'problem')
  if (asJson) terminal.print(JSON.stringify({ language, findings }))
  else {
    for (const finding of findings) terminal.print(line(finding, terminal))
    const notes = findings.length - problems.length
    terminal.print(
      problems.length === 0
        ? terminal.paint('green', `The translation is complete. ${notes} ${notes === 1 ? 'note' : 'notes'}.`)
        : terminal.paint(
            'red',
            `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}, ${notes} notes.`,
          ),
    )
  }
  return problems.length === 0 ? EXIT.well : EXIT.unwell
}

const line = ({ key, text, severity }: TextFinding, { paint }: Terminal): string =>
  `${severity === 'problem' ? paint('red', 'problem') : paint('dim', 'note   ')}  ${key} ${text}`
