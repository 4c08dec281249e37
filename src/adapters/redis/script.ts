import { createHash } from 'node:crypto'

/** A Lua script. Redis runs it atomically. */
export interface Script {
  readonly source: string
  /** The hash by which EVALSHA finds the script. */
  readonly sha: string
}

export const script = (source: string): Script => ({
  source,
  sha: createHash('sha1').update(source).digest('hex'),
})
