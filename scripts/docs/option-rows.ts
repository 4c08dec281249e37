import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))
const SOURCE = 'src/core/options/types.ts'
export interface OptionRow {
  /** `users[].role` */
  readonly path: string
  readonly type: string
  /** In words. Empty: required if its group is given. */
  readonly default: string
  readonly meaning: string
}

/** The options as rows. The texts are the docstrings that an editor shows, so each is written once. */
export function optionRows(): OptionRow[] {
  const file = `${root}${SOURCE}`
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  )
  const program = ts.createProgram([file], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const declaration = source?.statements.find(
    (node): node is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(node) && node.name.text === 'DjiCloudOptions',
  )
  if (declaration === undefined) throw new Error(`${SOURCE} has no DjiCloudOptions`)
  const rows = rowsBelow('', checker.getTypeAtLocation(declaration), checker)
  // Alternatives of a union may share a field.
  return rows.filter((row, index) => rows.findIndex(({ path }) => path === row.path) === index)
}

function rowsBelow(path: string, type: ts.Type, checker: ts.TypeChecker): OptionRow[] {
  return type.getProperties().flatMap((property) => {
    const own = path === '' ? property.name : `${path}.${property.name}`
    const node = property.valueDeclaration as ts.PropertySignature | ts.MethodSignature
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(property))
    const nested = (type.isUnion() ? type.types : [type]).flatMap((branch) => {
      const element = elementOf(branch, checker)
      return element === null ? group(own, branch, checker) : group(`${own}[]`, element, checker)
    })
    // A plain group has no row of its own; a group that can also be `true` or a store has one.
    const { text, fallback } = docOf(property, checker)
    const written = writtenType(node, type, checker)
    const row = { path: own, type: written, default: fallback, meaning: text }
    const isGroup = !ts.isMethodSignature(node) && givenType(node)?.kind === ts.SyntaxKind.TypeLiteral
    return nested.length > 0 && !type.isUnion() && isGroup ? nested : [row, ...nested]
  })
}

/** The fields of a group of options. An adapter has methods, but it is one value for the host. A type named `...Option` is a group. */
function group(path: string, type: ts.Type, checker: ts.TypeChecker): OptionRow[] {
  if (type.isUnion()) return type.types.flatMap((branch) => group(path, branch, checker))
  const ours =
    type.symbol?.declarations?.some((node) => node.getSourceFile().fileName.includes('/src/')) === true
  const callable = (property: ts.Symbol) => checker.getTypeOfSymbol(property).getCallSignatures().length > 0
  const isOption = /Option$/.test(type.symbol?.name ?? '')
  return ours && (isOption || !type.getProperties().some(callable)) ? rowsBelow(path, type, checker) : []
}

const elementOf = (type: ts.Type, checker: ts.TypeChecker): ts.Type | null =>
  checker.isArrayType(type) ? (checker.getTypeArguments(type as ts.TypeReference)[0] ?? null) : null

/** The type without `undefined`, which every option allows. */
function givenType({ type }: ts.PropertySignature): ts.TypeNode | undefined {
  if (type === undefined || !ts.isUnionTypeNode(type)) return type
  const left = type.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
  return left.length === 1 ? left[0] : type
}

/** The type as it is written in the source. A type that is computed from a value is written out. */
function writtenType(
  node: ts.PropertySignature | ts.MethodSignature,
  type: ts.Type,
  checker: ts.TypeChecker,
): string {
  if (ts.isMethodSignature(node) || checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0)
    return 'function'
  const written = givenType(node)
  if (written === undefined) return ''
  if (written.kind === ts.SyntaxKind.TypeLiteral) return 'object'
  const text = written
    .getText()
    .replace(/\s*\| undefined$/, '')
    .replace(/^\|\s*/, '')
    .replace('<NativeRequest>', '')
  return (text.includes('typeof') ? checker.typeToString(type).replaceAll('"', "'") : text).replace(
    /\breadonly /g,
    '',
  )
}

function docOf(symbol: ts.Symbol, checker: ts.TypeChecker): { text: string; fallback: string } {
  const tags = symbol.getJsDocTags(checker)
  const inTag =
    tags
      .find(({ name }) => name === 'default')
      ?.text?.map(({ text }) => text)
      .join('') ?? ''
  const comment = ts.displayPartsToString(symbol.getDocumentationComment(checker))
  const [text = '', inText = ''] = comment.split(/\s*@default\s+/)
  return { text: plain(text), fallback: plain(inTag === '' ? inText : inTag) }
}

/** One line, without references that only readers of the code understand. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/ \(facts \w+\)/g, '')
    .trim()
