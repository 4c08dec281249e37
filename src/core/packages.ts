import { DjiCloudError } from './errors.ts'

/** Node's error for `import()` in code that a test runner such as jest runs in its own context. */
const NO_IMPORT = /^ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING/

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')

/**
 * `import()` by Node's own loader. A test runner replaces `require` and `import()`, and some cannot load ES modules. A
 * script with this option gets the loader of the main context (Node's documentation, "vm", since 20.12).
 */
async function importByNode(name: string): Promise<unknown> {
  const { Script, constants } = process.getBuiltinModule('node:vm')
  const { fileURLToPath } = process.getBuiltinModule('node:url')
  const script = new Script(`import(${JSON.stringify(name)})`, {
    // The place from which the name is resolved.
    filename: fileURLToPath(import.meta.url),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  return script.runInThisContext()
}

/** With code splitting, esbuild gives `import()` of a CommonJS package only `default`. Node gives its names too. */
function withNames<Module>(module: Module): Module {
  const { default: whole, ...names } = module as { readonly default?: object }
  return whole === undefined || Object.keys(names).length > 0
    ? module
    : ({ ...whole, default: whole } as Module)
}

/**
 * A dependency of this package, loaded when it is first needed.
 * @param load `() => import('name')`, written out so that bundlers find the name
 */
export async function loadDependency<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return withNames(await load())
  } catch (error) {
    if (!NO_IMPORT.test(codeOf(error))) throw error
    return (await importByNode(name)) as Module
  }
}

/**
 * An optional package that the host installs. Its name is not a literal here: a bundler must not fail because of a
 * package that a host does not use, and has to leave the package outside the bundle.
 * @param wanted the part that needs it, for the error: `redisSessions({ url })`
 * @throws DjiCloudError PACKAGE_MISSING with the command that installs it
 */
export async function loadPeer<Module>(name: string, wanted: string, version = ''): Promise<Module> {
  try {
    return await loadDependency(
      () => import(/* webpackIgnore: true */ /* @vite-ignore */ name) as Promise<Module>,
      name,
    )
  } catch (cause) {
    const isMissing = /^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/.test(codeOf(cause))
    const install = `npm install ${name}${version === '' ? '' : `@${version}`}`
    throw new DjiCloudError('PACKAGE_MISSING', {
      message: isMissing
        ? `${wanted} needs the package ${name}, which is not installed: ${install}`
        : `${wanted} needs the package ${name}, which is installed but was not loaded. See the cause.`,
      data: { package: name, install },
      cause,
    })
  }
}
