import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Messages } from '../../core/pages/texts/index.ts'
import { keyFault } from '../../core/pages/texts/keys.ts'
import { jsonFile } from '../json-file.ts'
import { loadOwnParts, NO_OWN_PARTS } from '../preview/own-parts.ts'
import { startPreview } from '../preview/server.ts'
import { EXIT, type Terminal, UsageError } from '../terminal.ts'

interface Options {
  readonly views: string
  readonly locals?: string
  readonly messages?: string
  readonly static?: string
  readonly module?: string
  readonly lang: string
  readonly port: number
}

/** Shows all pages with the templates of a folder, until Ctrl-C. */
export async function preview(terminal: Terminal, options: Options): Promise<number> {
  const folder = await folderOf(terminal, options.views, '--views')
  const locals = options.locals === undefined ? {} : await jsonFile(terminal, options.locals, 'your locals')
  const messages = options.messages === undefined ? {} : await messagesOf(terminal, options.messages)
  const statics = options.static === undefined ? null : await staticsOf(terminal, options.static)
  const own = options.module === undefined ? NO_OWN_PARTS : await loadOwnParts(terminal, options.module)
  const { port, lang: language } = options
  const running = await startPreview({ folder, locals, messages, own, statics, port, language })
  terminal.print(`${terminal.paint('green', 'Preview')} of ${folder}: ${terminal.paint('cyan', running.url)}`)
  terminal.print('Open it in your browser. It loads again when you save a template. Ctrl-C ends it.')
  await terminal.interrupted
  await running.close()
  return EXIT.well
}

async function folderOf({ cwd }: Terminal, given: string, option: string): Promise<string> {
  const folder = resolve(cwd, given)
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() === true) return folder
  throw new UsageError(
    `${option}: there is no folder ${folder}. Copy a first template into it: npx dji-cloud eject partials/header ${given}`,
  )
}

async function staticsOf(terminal: Terminal, given: string) {
  const [, path, folder] = /^(\/[\w./-]*[\w-])=(.+)$/.exec(given) ?? []
  if (path === undefined || folder === undefined)
    throw new UsageError(`--static takes a path and a folder, such as /static=public, not "${given}".`)
  return { path, folder: await folderOf(terminal, folder, '--static') }
}

/** Checked like the option `pages.messages`. Each wrong key is named here too. */
async function messagesOf(terminal: Terminal, path: string): Promise<Messages> {
  const given = await jsonFile(
    terminal,
    path,
    'texts by language, such as { "fr": { "login.title": "Connexion" } }',
  )
  for (const [language, texts] of Object.entries(given)) {
    if (typeof texts !== 'object' || texts === null)
      throw new UsageError(
        `${path}: "${language}" needs texts by key, such as { "login.title": "Connexion" }.`,
      )
    for (const [key, text] of Object.entries(texts)) {
      const fault = keyFault(language, key)
      if (fault !== null) throw new UsageError(`${path}: ${language}: "${key}" ${fault}.`)
      if (typeof text !== 'string')
        throw new UsageError(`${path}: ${language}: "${key}" needs a text in quotes.`)
    }
  }
  return given as Messages
}
