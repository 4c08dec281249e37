import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'

/** The name of the function that instrumented code calls. */
const HOOK = '__enterFile'

export interface Instrumented {
  /** The JavaScript of `entry`, to be imported. */
  readonly entry: string
  /** The direct imports of each file at run time. Paths are relative to the source folder. */
  readonly imports: ReadonlyMap<string, readonly string[]>
  remove(): Promise<void>
}

/**
 * A copy of the source in which every function reports when it begins.
 * @param src the folder of the source
 * @param entry relative to it; its imports are copied too
 * @param listener is called for each call of a function
 */
export async function instrument(
  src: string,
  entry: string,
  listener: { enter(file: string, fileOf: (place: string) => string | null): void },
): Promise<Instrumented> {
  // The copy is inside the folder of the package, so that it finds the packages that the source imports.
  const cache = join(src, '../node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(await realpath(cache), 'walks-'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const imports = new Map<string, string[]>()
  const waiting = [entry]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (imports.has(file)) continue
    const code = compiled(file, await readFile(join(src, file), 'utf8'))
    const targets = ts
      .preProcessFile(code)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => join(dirname(file), fileName).replace(/\.js$/, '.ts'))
    imports.set(file, targets)
    waiting.push(...targets)
    const target = join(folder, jsOf(file))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, code)
  }
  const base = `${pathToFileURL(folder)}/`
  const fileOf = (place: string): string | null =>
    place.startsWith(base) ? place.slice(base.length).replace(/\.js$/, '.ts') : null
  Object.assign(globalThis, { [HOOK]: (file: string) => listener.enter(file, fileOf) })
  return {
    entry: join(folder, jsOf(entry)),
    imports,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const jsOf = (file: string): string => file.replace(/\.ts$/, '.js')

const compiled = (file: string, text: string): string =>
  ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
    transformers: { before: [(context) => (source) => withCalls(source, file, context)] },
  }).outputText

/** Puts a call of the hook in front of the body of each function. */
function withCalls(source: ts.SourceFile, file: string, context: ts.TransformationContext): ts.SourceFile {
  const { factory } = context
  const call = (): ts.Expression =>
    factory.createCallExpression(factory.createIdentifier(HOOK), undefined, [
      factory.createStringLiteral(file),
    ])
  const visit = (node: ts.Node): ts.Node => {
    const isBody = ts.isBlock(node) && ts.isFunctionLike(node.parent)
    const inner = ts.visitEachChild(node, visit, context)
    if (isBody && ts.isBlock(inner))
      return factory.updateBlock(inner, [factory.createExpressionStatement(call()), ...inner.statements])
    if (!ts.isArrowFunction(inner) || ts.isBlock(inner.body)) return inner
    const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body } = inner
    const told = factory.createParenthesizedExpression(factory.createComma(call(), body))
    return factory.updateArrowFunction(
      inner,
      modifiers,
      typeParameters,
      parameters,
      type,
      equalsGreaterThanToken,
      told,
    )
  }
  return ts.visitEachChild(source, visit, context)
}
