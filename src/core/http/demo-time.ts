const two = (value: number): string => String(value).padStart(2, '0')

/**
 * A time as the demo writes it: `2026-01-31 13:05:09` in the server's own time zone, which front ends show as it is and
 * sort by as a text. Empty where there is none, since a sorter calls `localeCompare` on it.
 * @param at ms since the epoch
 */
export function demoTime(at: number | null): string {
  if (at === null) return ''
  const date = new Date(at)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}
