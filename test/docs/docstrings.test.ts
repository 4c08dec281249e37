import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'
import builds from '../../tsdown.config.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What an app imports, by the names of package.json. */
const entries = Object.fromEntries(
  builds.flatMap(({ entry }) => Object.entries(entry as Record<string, string>)),
)
delete entries['cli']

/** Names of interfaces that a host fills in: every field is explained. */
const FILLED_IN =
  /(Options|Option|Source|Limits|Contract|UnderTest|Input|Filter|Tls|Protocol|Login|Pair|User)$/

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
  ts.sys,
  root,
)
const program = ts.createProgram(
  Object.values(entries).map((file) => `${root}${file}`),
  { ...options, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] },
)
const checker = program.getTypeChecker()

/** A tag such as `@default` alone says something, too. */
const isExplained = (symbol: ts.Symbol): boolean =>
  symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0

const resolved = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

function exportsOf(entry: string): readonly ts.Symbol[] {
  const source = program.getSourceFile(`${root}${entries[entry]}`)
  const module = source && checker.getSymbolAtLocation(source)
  return module === undefined ? [] : checker.getExportsOfModule(module)
}

/** Fields below a type that is written out, in whatever union or list: those of named types have their own names. */
function fieldsOf(path: string, node: ts.Node | undefined): [string, ts.Symbol][] {
  if (node === undefined) return []
  if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node)) {
    return node.members.flatMap((member): [string, ts.Symbol][] => {
      const symbol = member.name && checker.getSymbolAtLocation(member.name)
      if (symbol === undefined) return []
      const own = `${path}.${symbol.name}`
      const type = ts.isPropertySignature(member) ? member.type : undefined
      // Must not be given at all.
      if (type?.getText().startsWith('never') === true) return []
      return [[own, symbol], ...fieldsOf(own, type)]
    })
  }
  if (ts.isTypeAliasDeclaration(node)) return fieldsOf(path, node.type)
  if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node))
    return node.types.flatMap((part) => fieldsOf(path, part))
  if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) return fieldsOf(path, node.type)
  return ts.isArrayTypeNode(node) ? fieldsOf(`${path}[]`, node.elementType) : []
}

it.each(Object.keys(entries))('%s: every exported name has a docstring', (entry) => {
  const names = exportsOf(entry)
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((symbol) => !isExplained(resolved(symbol))).map(({ name }) => name)).toEqual([])
})

it.each(Object.keys(entries))('%s: every field that a host fills in has a docstring', (entry) => {
  const fields = exportsOf(entry)
    .filter(({ name }) => FILLED_IN.test(name))
    .flatMap((symbol) => (resolved(symbol).declarations ?? []).flatMap((node) => fieldsOf(symbol.name, node)))
  expect(fields.filter(([, symbol]) => !isExplained(symbol)).map(([path]) => path)).toEqual([])
})
