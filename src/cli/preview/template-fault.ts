/** What is wrong with a template, in words. */
export interface TemplateFault {
  readonly template: string
  /** From 1. Null: not known. */
  readonly line: number | null
  /** What happened, then what to do. */
  readonly message: string
}

/**
 * The text that ejs puts before the message: the template and the line, once for each template that includes the next
 * one.
 */
const PLACE = /^([\w./-]+):(\d+)$/gm

/**
 * Reads what ejs or the engine says about a template that cannot be shown.
 * @param page the page that was asked for
 * @param templates the sources, by name
 */
export function templateFault(
  page: string,
  error: unknown,
  templates: Readonly<Record<string, string>>,
): TemplateFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const text = cause instanceof Error ? cause.message : String(cause)
  const place = [...text.matchAll(PLACE)].pop()
  const broken = /^(.*) in ([\w./-]+) while compiling ejs$/m.exec(text)
  if (broken !== null) {
    const [, reason = '', template = page] = broken
    return { template, line: brokenLine(templates[template] ?? ''), message: unreadable(reason) }
  }
  if (text.includes('Could not find matching close tag')) {
    const template = place === undefined ? page : includedAt(place, templates)
    return {
      template,
      line: brokenLine(templates[template] ?? ''),
      message: 'A tag <% has no end %>. Add it.',
    }
  }
  const said = place === undefined ? text.split('\n')[0] : text.trim().split('\n').pop()
  return {
    template: place?.[1] ?? page,
    line: place === undefined ? null : Number(place[2]),
    message: words((said ?? text).trim()),
  }
}

/** ejs names the template that includes the broken one, and the line of the include. */
function includedAt(
  [, template = '', line = '']: RegExpMatchArray,
  templates: Readonly<Record<string, string>>,
): string {
  const source = (templates[template] ?? '').split('\n')[Number(line) - 1] ?? ''
  return /include\(\s*['"]([^'"]+)/.exec(source)?.[1] ?? template
}

/** A block that is not closed meets the code that ejs puts around the template. */
const unreadable = (reason: string): string =>
  /catch|finally|end of input/i.test(reason)
    ? 'A block has no end, or one end too many: each { needs one <% } %>.'
    : `The code between <% and %> is wrong: ${reason}. Look for a missing bracket or quote.`

function words(said: string): string {
  const unknown = /^(\w+) is not defined$/.exec(said)?.[1]
  if (unknown !== undefined)
    return `There is no local "${unknown}". Check its name, or give it with --locals: your app gives it with views.locals.`
  const missing = /^There is no template "(.*)"\.$/.exec(said)?.[1]
  if (missing !== undefined)
    return `It includes "${missing}", and there is no such template. Check the name, or write ${missing}.ejs.`
  return `${said}${/[.!?]$/.test(said) ? '' : '.'}`
}

/**
 * The line of the first tag whose code is not valid by itself. Null: the code of each tag is valid, so the fault is
 * between tags.
 */
function brokenLine(source: string): number | null {
  for (const match of source.matchAll(/<%([-=#_]?)([\s\S]*?)(?:[-_]?%>|$(?![\s\S]))/g)) {
    const [whole, kind, code = ''] = match
    const line = source.slice(0, match.index).split('\n').length
    if (kind === '#') continue
    if (!whole.endsWith('%>')) return line
    // Only whole expressions are checked, because a block that begins in this tag may end in another one.
    if ((kind === '=' || kind === '-') && !isExpression(code)) return line
  }
  return null
}

function isExpression(code: string): boolean {
  try {
    // The code is compiled and never called. The template belongs to the person who runs this command.
    new Function(`return (${code}\n)`)
    return true
  } catch {
    return false
  }
}
