import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

const METHODS: ReadonlySet<string> = new Set(['debug', 'info', 'warn', 'error'])

const isText = (node: ts.Node): node is ts.StringLiteral | ts.TemplateExpression | ts.TemplateLiteral =>
  ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)

/** The texts that an argument may have. A variable has none here. */
const textsOf = (node: ts.Node): readonly string[] => {
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)]
  return isText(node) ? [node.getText().slice(1, -1)] : []
}

/** The texts of all calls `logger.warn(fields, text)` of a file. */
function linesOf(name: string, text: string): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression, name: method } = node.expression
      const line = node.arguments[1]
      if (METHODS.has(method.text) && /log(?:ger)?$/i.test(expression.getText()) && line !== undefined)
        found.push(...textsOf(line))
    }
    node.forEachChild(visit)
  }
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true))
  return found
}

/** Null: the line is a sentence. Its first or last word may come from a value. Node's way to name the writer may stand before it. */
const faultOf = (line: string): string | null => {
  if (!/^(?:dji-cloud: )?(?:[A-Z]|\$\{)/.test(line)) return 'begin with a capital letter'
  return /(?:[.!?]|\})$/.test(line) ? null : 'end with a full stop'
}

it('every log line is a sentence: what happened, with a capital letter and a full stop', async () => {
  const files = (await readdir(src, { recursive: true })).filter((file) => /(?<!\.gen)\.ts$/.test(file))
  const lines: string[] = []
  const faults: string[] = []
  for (const file of files)
    for (const line of linesOf(file, await readFile(join(src, file), 'utf8'))) {
      lines.push(line)
      const fault = faultOf(line)
      if (fault !== null) faults.push(`${file}: "${line}"; ${fault}`)
    }
  expect(lines.length).toBeGreaterThan(60)
  expect(faults).toEqual([])
})

it.each([
  ["logger.error({ err }, 'the storage of files failed.')", ['begin with a capital letter']],
  ["context.logger.warn({}, 'A page was not made')", ['end with a full stop']],
  ["log.info({}, isUp ? 'The bus is up.' : 'lost')", [null, 'begin with a capital letter']],
  ['logger.warn({}, `${name} answers again.`)', [null]],
  ["notes.error({}, 'no logger')", []],
])('reads %s', (source, faults) => {
  expect(linesOf('x.ts', source).map(faultOf)).toEqual(faults)
})
