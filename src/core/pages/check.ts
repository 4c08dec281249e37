import { distance } from 'fastest-levenshtein'
import type { LoginView } from './page-data.ts'
import type { PageName } from './render.ts'

/** A mistake in a host's template. */
export interface ViewWarning {
  readonly template: string
  /** Line, from 1; null if it is about the whole template. */
  readonly line: number | null
  readonly message: string
}

/** Locals that may be written raw: they are made by this package and already escaped. */
const RAW = /^(include\s*\(|slot\s*\(|island\s*$|theme\.css\s*$)/
const TAG = '((?:<%[\\s\\S]*?%>|[^<>])*)>'

interface Rule {
  readonly pattern: RegExp
  /** Null: there is no mistake. */
  readonly fault: (match: RegExpMatchArray) => string | null
}

const withoutNonce = (attributes: string | undefined): boolean => !/\bnonce\s*=/.test(attributes ?? '')

const RULES: readonly Rule[] = [
  {
    pattern: /<%-\s*([\s\S]*?)\s*-?%>/g,
    fault: ([, code = '']) =>
      RAW.test(code)
        ? null
        : `writes ${short(code)} raw (<%-), so markup and scripts in it become part of the page. Write it with <%=`,
  },
  {
    pattern: new RegExp(`<(script|style)\\b${TAG}`, 'gi'),
    fault: ([, tag, attributes]) =>
      withoutNonce(attributes)
        ? `has a <${tag}> without nonce="<%= nonce %>": the page's policy does not let it run`
        : null,
  },
  {
    pattern: /\s(on[a-z]+|style)\s*=\s*["']/gi,
    fault: ([, name]) => `has an inline ${name}="...": the page's policy ignores it`,
  },
  {
    pattern:
      /<(?:script|link|img|iframe)\b(?:<%[\s\S]*?%>|[^<>])*?\b(?:src|href)\s*=\s*["'](https?:)?\/\/[^"']*/gi,
    fault: () => "loads something from another origin: the page's policy allows only its own",
  },
]

const short = (code: string): string => (code.length > 40 ? `${code.slice(0, 40)}…` : code)

/** Checks the sources of a host's templates. @param bundled names of the templates that come with the package */
export function checkSources(
  templates: Readonly<Record<string, string>>,
  bundled: readonly string[],
): readonly ViewWarning[] {
  const all = Object.values(templates).join('\n')
  return Object.entries(templates).flatMap(([template, source]) => {
    const found: ViewWarning[] = []
    if (!bundled.includes(template) && !all.includes(`'${template}'`) && !all.includes(`"${template}"`))
      found.push({ template, line: null, message: unknown(template, bundled) })
    for (const { pattern, fault } of RULES) {
      for (const match of withoutComments(source).matchAll(pattern)) {
        const message = fault(match)
        if (message !== null)
          found.push({ template, line: source.slice(0, match.index).split('\n').length, message })
      }
    }
    return found
  })
}

/** Removes comments, because they may contain anything, and keeps the line numbers. */
const withoutComments = (source: string): string =>
  source.replace(/<%#[\s\S]*?%>|<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '))

function unknown(name: string, bundled: readonly string[]): string {
  const nearest = [...bundled].sort((a, b) => distance(a, name) - distance(b, name))[0] ?? ''
  const near = distance(nearest, name) <= Math.ceil(name.length / 3) ? `; did you mean "${nearest}"?` : ''
  return `replaces no bundled template, and none of yours includes it${near}`
}

/** Elements without which a page cannot work. */
const NEEDED: Readonly<Record<PageName, readonly string[]>> = {
  login: ['login-form', 'username', 'password', 'login-submit'],
  home: ['link', 'link-word', 'logout'],
  fleet: ['fleet', 'fleet-card', 'live', 'logout'],
  error: [],
}

/** Elements that the login page needs for this user store. */
const neededFor = ({ fields, second_step }: LoginForm): readonly string[] => [
  ...fields.map(({ name }) => `field-${name}`),
  ...(second_step ? ['code-form', 'code', 'code-submit'] : []),
]

type LoginForm = Pick<LoginView, 'fields' | 'second_step'>

/**
 * Checks the HTML of a page, made by our renderer or by the host's.
 * @param login what the login page has to ask for; null: name and password
 */
export function checkHtml(
  page: PageName,
  html: string,
  login: LoginForm | null = null,
): readonly ViewWarning[] {
  const messages: string[] = []
  const has = (id: string): boolean => new RegExp(`\\bid\\s*=\\s*["']?${id}["'\\s>]`).test(html)
  if (!has('dji-cloud-data'))
    messages.push("has no bootstrap: add <%- include('bootstrap') %> before the end, or nothing on it works")
  if ([...html.matchAll(/<script\b([^>]*)>/gi)].some(([, attributes]) => withoutNonce(attributes)))
    messages.push('has a <script> without the nonce: the policy of the page does not let it run')
  // A platform without passwords shows no form.
  const isBare = page === 'login' && has('sign-in') && !has('login-form')
  const needed = isBare ? ['sign-in'] : [...NEEDED[page], ...(login === null ? [] : neededFor(login))]
  const missing = needed.filter((id) => !has(id))
  if (missing.length > 0)
    messages.push(`has no element with the id ${missing.join(', ')}, which its script needs: add it`)
  if (!/^\s*<!doctype html>/i.test(html))
    messages.push(
      'does not begin with <!doctype html>, so old browsers lay it out in another way: add it as the first line',
    )
  if (!/<meta\b[^>]*name=["']?viewport/i.test(html))
    messages.push(
      'has no <meta name="viewport">, so everything is tiny on a controller: add it, or include partials/head',
    )
  return messages.map((message) => ({ template: page, line: null, message }))
}

export const describeWarning = ({ template, line, message }: ViewWarning): string =>
  `dji-cloud: the template ${template}${line === null ? '' : `, line ${line},`} ${message}.`
