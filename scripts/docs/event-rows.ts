import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))
const SOURCE = 'src/core/events.ts'

export interface EventField {
  readonly name: string
  readonly type: string
}

export interface EventRow {
  readonly name: string
  readonly fields: readonly EventField[]
  readonly meaning: string
}

export interface EventTypes {
  readonly events: readonly EventRow[]
  /** Types with named values, such as the reasons why a gateway goes offline. */
  readonly words: readonly { readonly name: string; readonly values: string; readonly meaning: string }[]
}

/** The events, read from their types, so that the page and an editor show the same text. */
export function eventTypes(): EventTypes {
  const file = `${root}${SOURCE}`
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram([file], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  if (source === undefined) throw new Error(`${SOURCE} was not read`)

  const events = source.statements.find(
    (node): node is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(node) && node.name.text === 'CloudEvents',
  )
  if (events === undefined) throw new Error(`${SOURCE} has no CloudEvents`)
  const meaningOf = (symbol: ts.Symbol | undefined) =>
    plain(ts.displayPartsToString(symbol?.getDocumentationComment(checker)))

  return {
    events: checker
      .getTypeAtLocation(events)
      .getProperties()
      .map((event) => ({
        name: event.name,
        fields: checker
          .getTypeOfSymbol(event)
          .getProperties()
          .map((field) => ({ name: field.name, type: typeOf(field, checker) })),
        meaning: meaningOf(event),
      })),
    words: source.statements
      .filter((node) => ts.isTypeAliasDeclaration(node) && node.name.text.endsWith('Reason'))
      .map((node) => {
        const alias = node as ts.TypeAliasDeclaration
        return {
          name: alias.name.text,
          values: plain(alias.type.getText()).replace(/^\| /, ''),
          meaning: meaningOf(checker.getSymbolAtLocation(alias.name)),
        }
      }),
  }
}

/** The type as it is written in the source. */
function typeOf(field: ts.Symbol, checker: ts.TypeChecker): string {
  const node = field.valueDeclaration
  const written = node !== undefined && ts.isPropertySignature(node) ? node.type?.getText() : undefined
  return (written ?? checker.typeToString(checker.getTypeOfSymbol(field))).replace(/\breadonly /g, '')
}

/** One line, without references that only readers of the code understand. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/ \(facts \w+\)/g, '')
    .trim()
