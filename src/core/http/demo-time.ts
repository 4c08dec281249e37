const two = (value: number): string => String(value).padStart(2, '0')

/**
 * A time in the demo's form: `2026-01-31 13:05:09` in the server's own time zone. Front ends show it unchanged and sort
 * it as text. Without a time it is an empty text, because they call `localeCompare` on it.
 * @param at ms since the epoch
 */
export function demoTime(at: number | null): string {
  if (at === null) return ''
  const date = new Date(at)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}
