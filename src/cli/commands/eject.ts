import { resolve } from 'node:path'
import { copyTemplate } from '../../adapters/views/templates.ts'
import { EXIT, type Terminal } from '../terminal.ts'

/** Copies a template into a folder of the host. Never overwrites an existing file. */
export async function ejectCommand(terminal: Terminal, name: string, folder: string): Promise<number> {
  const path = await copyTemplate(name, resolve(terminal.cwd, folder))
  terminal.print(`${terminal.paint('green', 'written')} ${path}`)
  return EXIT.well
}
