import { resolve } from 'node:path'
import { copyTemplate } from '../../adapters/views/templates.ts'
import { EXIT, type Terminal } from '../terminal.ts'

/** Never over a file that is there. */
export async function ejectCommand(terminal: Terminal, name: string, folder: string): Promise<number> {
  const path = await copyTemplate(name, resolve(terminal.cwd, folder))
  terminal.print(`${terminal.paint('green', 'written')} ${path}`)
  return EXIT.well
}
