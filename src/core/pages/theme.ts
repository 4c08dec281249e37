/** Colours of the pages, as CSS custom properties: `page` is `--page`, `onMain` is `--on-main`. Any CSS colour of Chromium 70. */
export interface ThemeColors {
  /** Behind everything. */
  readonly page?: string | undefined
  /** Behind panels, the bar and fields. */
  readonly card?: string | undefined
  /** On `page` and `card`. */
  readonly text?: string | undefined
  /** Less important text. */
  readonly soft?: string | undefined
  /** Borders of what can be touched. */
  readonly line?: string | undefined
  /** Other borders. */
  readonly thin?: string | undefined
  /** The main button, and what has the focus. */
  readonly main?: string | undefined
  /** On `main`. */
  readonly onMain?: string | undefined
  /** Connected. */
  readonly good?: string | undefined
  /** On `good`. */
  readonly onGood?: string | undefined
  /** Connecting. */
  readonly busy?: string | undefined
  /** On `busy`. */
  readonly onBusy?: string | undefined
  /** Disconnected, and what went wrong. */
  readonly bad?: string | undefined
  /** On `bad`. */
  readonly onBad?: string | undefined
  /** No controller. */
  readonly idle?: string | undefined
  /** On `idle`. */
  readonly onIdle?: string | undefined
  /** Behind a notice. */
  readonly infoBack?: string | undefined
  /** Behind a warning. */
  readonly warnBack?: string | undefined
  /** Behind an error. */
  readonly badBack?: string | undefined
}

export interface ThemeOptions {
  /** What a pilot sees who has chosen nothing. @default 'auto', which follows the controller */
  readonly mode?: 'auto' | 'light' | 'dark' | undefined
  /** By day. */
  readonly light?: ThemeColors | undefined
  /** By night. */
  readonly dark?: ThemeColors | undefined
  /** Font families, as in CSS; those of the controller. */
  readonly font?: string | undefined
  /** Of buttons and fields, in pixels. @default 12 */
  readonly radius?: number | undefined
}

export const COLOR_NAMES = [
  'page',
  'card',
  'text',
  'soft',
  'line',
  'thin',
  'main',
  'onMain',
  'good',
  'onGood',
  'busy',
  'onBusy',
  'bad',
  'onBad',
  'idle',
  'onIdle',
  'infoBack',
  'warnBack',
  'badBack',
] as const satisfies readonly (keyof ThemeColors)[]

/** Nothing that could leave its declaration: the values are written into a style element. */
export const COLOR = /^(#[0-9a-f]{3,8}|(rgb|hsl)a?\([\d.,%\s]+\)|[a-z]+)$/i
export const FONT = /^[\w\s,'"-]+$/

const property = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

const declarations = (colours: ThemeColors = {}): string =>
  COLOR_NAMES.flatMap((name) =>
    colours[name] === undefined ? [] : [`${property(name)}:${colours[name]}`],
  ).join(';')

/** CSS of what differs from the bundled style; '' for nothing. */
export function themeStyle({ light, dark, font, radius }: ThemeOptions = {}): string {
  const all = [
    declarations(light),
    ...(font === undefined ? [] : [`--font:${font}`]),
    ...(radius === undefined ? [] : [`--radius:${radius}px`]),
  ].filter((part) => part !== '')
  const night = declarations(dark)
  // The same selectors as in the bundled style, which this follows: dark beats light, a pilot's choice beats both.
  return [
    ...(all.length === 0 ? [] : [`:root{${all.join(';')}}`]),
    ...(night === ''
      ? []
      : [
          `@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){${night}}}`,
          `:root[data-theme="dark"]{${night}}`,
        ]),
  ].join('')
}

/** Pairs that have to be told apart in the sun. */
const PAIRS: readonly (readonly [keyof ThemeColors, keyof ThemeColors])[] = [
  ['page', 'text'],
  ['card', 'text'],
  ['card', 'soft'],
  ['main', 'onMain'],
  ['good', 'onGood'],
  ['busy', 'onBusy'],
  ['bad', 'onBad'],
  ['idle', 'onIdle'],
]

/** What would be hard to read, as far as it can be told: pairs of `#rrggbb` below 4.5 : 1 (WCAG 2 AA). */
export function themeWarnings({ light, dark }: ThemeOptions = {}): readonly string[] {
  return (
    [
      ['light', light],
      ['dark', dark],
    ] as const
  ).flatMap(([mode, colours = {}]) =>
    PAIRS.flatMap(([back, front]) => {
      const ratio = contrast(colours[back], colours[front])
      return ratio === null || ratio >= 4.5
        ? []
        : [
            `pages.theme.${mode}: ${front} on ${back} has a contrast of ${ratio.toFixed(1)}; pilots in the sun need 4.5`,
          ]
    }),
  )
}

function contrast(back: string | undefined, front: string | undefined): number | null {
  const [a, b] = [luminance(back), luminance(front)]
  return a === null || b === null ? null : (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance(colour: string | undefined): number | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(colour ?? '')?.[1]
  if (digits === undefined) return null
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
