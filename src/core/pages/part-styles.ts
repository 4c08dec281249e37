type Sources = Readonly<Record<string, string>>

const INCLUDE = /\binclude\(\s*(?:'([^']+)'|"([^"]+)"|([^'"\s]))/g
const STYLE = /<%#\s*style:([\w\s-]*)%>/g

/** The pages with a style of their own beside style.css. */
const PAGES: readonly string[] = ['home', 'fleet']

/**
 * The files of a page's own style. A template asks for a part by a comment such as `<%# style: craft gauge %>`. A page
 * that asks for all that the bundled one asks for has one file. If a host replaces a partial by one that does not ask,
 * the page has its base and the parts that are left, so no rule of this package reaches into the host's partial.
 * @param sources the templates of the page by name, those of the host included
 * @param bundled the templates of this package
 */
export function stylesOf(page: string, sources: Sources, bundled: Sources): readonly string[] {
  if (!PAGES.includes(page)) return []
  const whole = [`${page}.css`]
  const wanted = partsOf(page, sources)
  if (wanted === null) return whole
  const all = partsOf(page, bundled) ?? []
  if (all.every((part) => wanted.includes(part)))
    return [...whole, ...fileNames(wanted.filter((part) => !all.includes(part)))]
  return [`${page}-base.css`, ...fileNames(wanted)]
}

const fileNames = (parts: readonly string[]): readonly string[] => parts.map((part) => `part-${part}.css`)

/** What a page and all that it includes ask for. Null: it includes a name that is known only when it is rendered. */
function partsOf(page: string, sources: Sources): readonly string[] | null {
  const parts = new Set<string>()
  const seen = new Set([page])
  for (const name of seen) {
    const source = Object.hasOwn(sources, name) ? (sources[name] ?? '') : ''
    for (const [, words = ''] of source.matchAll(STYLE))
      for (const part of words.split(/\s+/)) if (part !== '') parts.add(part)
    for (const [, single, double, unclear] of source.matchAll(INCLUDE)) {
      if (unclear !== undefined) return null
      seen.add(single ?? double ?? '')
    }
  }
  return [...parts]
}
