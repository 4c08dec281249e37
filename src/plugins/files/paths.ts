import { join } from 'node:path'

/** Signs that some file systems do not take in a name, and the percent sign, which stands in front of their codes. */
const SPECIAL = /[%:*?"<>|\\]/g

const written = (part: string): string =>
  part.replace(SPECIAL, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)

const read = (name: string): string =>
  name.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** `a/b` is the file `b.f` in the folder `a.d`. So `a` and `a/b` can both exist, and no key is a name that has a meaning. */
export function pathOf(root: string, key: string): string {
  const parts = key.split('/').map(written)
  return join(root, ...parts.map((part, index) => `${part}${index === parts.length - 1 ? '.f' : '.d'}`))
}

/** The part of a key that a name on the disk stands for; null: it stands for none. */
export function partOf(name: string): { readonly part: string; readonly isFolder: boolean } | null {
  if (name.endsWith('.f')) return { part: read(name.slice(0, -2)), isFolder: false }
  return name.endsWith('.d') ? { part: read(name.slice(0, -2)), isFolder: true } : null
}
