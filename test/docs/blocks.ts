/** A fenced code block of a page. */
export interface Block {
  /** `README.md:31`: where to repair it. */
  readonly where: string
  readonly language: string
  /** Words behind the language, such as `get=/drones/pilot`. */
  readonly words: readonly string[]
  readonly code: string
}

const FENCE = /^```([a-z]+)([^\n]*)\n(.*?)^```$/gms

export function blocksOf(file: string, markdown: string): Block[] {
  return [...markdown.matchAll(FENCE)].map(({ index, 1: language = '', 2: rest = '', 3: code = '' }) => ({
    where: `${file}:${markdown.slice(0, index).split('\n').length}`,
    language,
    words: rest.split(/\s+/).filter((word) => word !== ''),
    code,
  }))
}

/** The path that a running snippet must answer with 200; null: it has to end by itself. */
export const pathOf = ({ words }: Block): string | null =>
  words.find((word) => word.startsWith('get='))?.slice('get='.length) ?? null
