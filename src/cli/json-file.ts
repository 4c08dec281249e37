import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Terminal, UsageError } from './terminal.ts'

/** @throws UsageError if the file is not there, or is not one JSON object. @param needs what the object contains */
export async function jsonFile(
  { cwd }: Pick<Terminal, 'cwd'>,
  path: string,
  needs: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch(() => null)
  if (text === null) throw new UsageError(`${path} cannot be read. Give the path of a JSON file.`)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`)
  }
  throw new UsageError(`${path} needs one object with ${needs}.`)
}
