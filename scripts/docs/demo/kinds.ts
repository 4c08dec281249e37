/** What a value of an answer or a push may be. The test holds the platform to it, the page says it in words. */
export const KINDS = {
  text: { label: 'text', fits: (value: unknown) => typeof value === 'string' },
  words: { label: 'text, not empty', fits: (value: unknown) => typeof value === 'string' && value !== '' },
  empty: { label: 'empty text', fits: (value: unknown) => value === '' },
  uuid: { label: 'UUID', fits: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) },
  key: { label: 'text such as `0-77-1`', fits: matches(/^\d+-\d+-\d+$/) },
  digits: { label: 'number as a text', fits: matches(/^\d+$/) },
  time: { label: 'text such as `2026-01-31 13:05:09`', fits: matches(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) },
  seconds: { label: 'seconds since 1970', fits: between(1e9, 1e11) },
  milliseconds: { label: 'milliseconds since 1970', fits: between(1e12, 1e14) },
  number: { label: 'number', fits: (value: unknown) => typeof value === 'number' },
  boolean: { label: 'true or false', fits: (value: unknown) => typeof value === 'boolean' },
  no: { label: 'false', fits: (value: unknown) => value === false },
  null: { label: 'null', fits: (value: unknown) => value === null },
  absent: { label: 'not there', fits: (value: unknown) => value === undefined },
  told: {
    label: 'as the device sent it',
    fits: (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0,
  },
} as const

export type Kind = keyof typeof KINDS

function matches(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value)
}

function between(least: number, most: number): (value: unknown) => boolean {
  return (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}
