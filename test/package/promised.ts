import { join } from 'node:path'
import ts from 'typescript'

/**
 * What the published types of these entries call a value: the names that an editor offers, and that must be there at
 * run time.
 * @param folder where the package is installed
 */
export function promisedValues(folder: string, entry: string, how: 'import' | 'require'): readonly string[] {
  const file = join(folder, how === 'import' ? 'promised.mts' : 'promised.cts')
  const source = `import * as it from '${entry}'\nexport const promised = it\n`
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    target: ts.ScriptTarget.ES2022,
    types: [],
    noEmit: true,
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? source : readFile(name))
  host.getSourceFile = (name, language, ...rest) =>
    name === file ? ts.createSourceFile(name, source, language) : getSourceFile(name, language, ...rest)
  const program = ts.createProgram([file], options, host)
  const checker = program.getTypeChecker()
  const promised = program.getSourceFile(file)?.statements.filter(ts.isVariableStatement)[0]?.declarationList
    .declarations[0]
  if (promised === undefined) throw new Error(`${file} was not read`)
  return checker
    .getTypeAtLocation(promised)
    .getProperties()
    .map(({ name }) => name)
    .filter((name) => name !== 'default')
    .sort()
}
