/** Colors of the pages, as CSS custom properties: `page` is `--page`, `onMain` is `--on-main`. Any CSS color of Chromium 70. */
export interface ThemeColors {
  /** Background of the page. */
  readonly page?: string | undefined
  /** Background of panels, of the bar and of fields. */
  readonly card?: string | undefined
  /** Text on `page` and `card`. */
  readonly text?: string | undefined
  /** Less important text. */
  readonly soft?: string | undefined
  /** Borders of buttons and fields. */
  readonly line?: string | undefined
  /** Other borders. */
  readonly thin?: string | undefined
  /** The main button, and the border of the element with the focus. */
  readonly main?: string | undefined
  /** Text on `main`. */
  readonly onMain?: string | undefined
  /** State "connected". */
  readonly good?: string | undefined
  /** Text on `good`. */
  readonly onGood?: string | undefined
  /** State "connecting". */
  readonly busy?: string | undefined
  /** Text on `busy`. */
  readonly onBusy?: string | undefined
  /** State "disconnected", and errors. */
  readonly bad?: string | undefined
  /** Text on `bad`. */
  readonly onBad?: string | undefined
  /** State "no controller". */
  readonly idle?: string | undefined
  /** Text on `idle`. */
  readonly onIdle?: string | undefined
  /** Background of a notice. */
  readonly infoBack?: string | undefined
  /** Background of a warning. */
  readonly warnBack?: string | undefined
  /** Background of an error. */
  readonly badBack?: string | undefined
}

/** Colours, font and corners of the pages. */
export interface ThemeOptions {
  /** The scheme for pilots who have not chosen one. @default 'auto', which follows the controller */
  readonly mode?: 'auto' | 'light' | 'dark' | undefined
  /** Colors of the light scheme. */
  readonly light?: ThemeColors | undefined
  /** Colors of the dark scheme. */
  readonly dark?: ThemeColors | undefined
  /** Font families, as in CSS. They must be installed on the controller. */
  readonly font?: string | undefined
  /** Corner radius of buttons and fields, in pixels. @default 12 */
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

/** Refuses characters that could end a CSS declaration, because the values are written into a style element. */
export const COLOR = /^(#[0-9a-f]{3,8}|(rgb|hsl)a?\([\d.,%\s]+\)|[a-z]+)$/i
export const FONT = /^[\w\s,'"-]+$/

const property = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

const declarations = (colors: ThemeColors = {}): string =>
  COLOR_NAMES.flatMap((name) =>
    colors[name] === undefined ? [] : [`${property(name)}:${colors[name]}`],
  ).join(';')

/** CSS for the differences from the bundled style; '' if there are none. */
export function themeStyle({ light, dark, font, radius }: ThemeOptions = {}): string {
  const all = [
    declarations(light),
    ...(font === undefined ? [] : [`--font:${font}`]),
    ...(radius === undefined ? [] : [`--radius:${radius}px`]),
  ].filter((part) => part !== '')
  const night = declarations(dark)
  // The same selectors in the same order as in the bundled style: dark wins over light, the pilot's choice over both.
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

/** Pairs of text and background that must be readable in the sun. */
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

/** Finds pairs with a contrast below 4.5 : 1 (WCAG 2 AA). Only colors written as `#rrggbb` are checked. */
export function themeWarnings({ light, dark }: ThemeOptions = {}): readonly string[] {
  return (
    [
      ['light', light],
      ['dark', dark],
    ] as const
  ).flatMap(([mode, colors = {}]) =>
    PAIRS.flatMap(([back, front]) => {
      const ratio = contrast(colors[back], colors[front])
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

function luminance(color: string | undefined): number | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(color ?? '')?.[1]
  if (digits === undefined) return null
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
