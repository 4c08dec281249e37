import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DjiCloudError } from '../../core/errors.ts'
import { TEMPLATES } from '../../views/embedded.gen.ts'

/** Names of the bundled templates: `login`, `partials/header`, ... */
export const templateNames: readonly string[] = Object.keys(TEMPLATES)

/**
 * Copies one bundled template, with its comments, to `{folder}/{name}.ejs`, so that you can change it there.
 * @param name `login` or `partials/header`, with or without `.ejs`
 * @returns the path of the new file
 * @throws DjiCloudError OPTIONS for an unknown name, or if the file already exists
 */
export async function copyTemplate(name: string, folder: string): Promise<string> {
  const wanted = name.replace(/\.ejs$/, '').replaceAll('\\', '/')
  const source = Object.hasOwn(TEMPLATES, wanted) ? TEMPLATES[wanted] : undefined
  if (source === undefined)
    throw new DjiCloudError('OPTIONS', {
      message: `There is no template "${name}". There are: ${templateNames.join(', ')}.`,
    })
  const path = join(folder, `${wanted}.ejs`)
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, source, { flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new DjiCloudError('OPTIONS', {
      message: `${path} already exists and was not overwritten. Delete it first.`,
      cause,
    })
  }
  return path
}

/**
 * Reads every `.ejs` below a folder, for the option `views.templates`: `partials/header.ejs` becomes `partials/header`.
 * Synchronous, once, at the start of the app.
 */
export function loadTemplates(folder: string | URL): Record<string, string> {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ejs'),
  )
  return Object.fromEntries(
    files.map((name) => [
      name.slice(0, -'.ejs'.length).split(sep).join('/'),
      readFileSync(join(root, name), 'utf8'),
    ]),
  )
}
