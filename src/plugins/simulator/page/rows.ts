import { element } from './dom.ts'
import type { Mood } from './moods.ts'
import { kindOf, summary } from './summary.ts'
import type { Entry } from './types.ts'

/** One line of the list. Its button opens the whole entry. */
export interface Row {
  readonly item: HTMLLIElement
  /** Shows a repetition in place of what was there, and counts it. */
  repeat(entry: Entry): void
}

export function createRow(first: Entry, mood: Mood): Row {
  let entry = first
  let times = 1
  const item = element('li')
  item.setAttribute('data-kind', kindOf(entry))
  item.setAttribute('data-type', entry.type)
  if (mood !== 'normal') item.setAttribute('data-mood', mood)
  const line = element('button', 'line')
  line.type = 'button'
  line.setAttribute('aria-expanded', 'false')
  const time = element('time', '', clock(entry.at))
  const text = element('span', 'text', summary(entry))
  const count = element('i', 'times')
  count.hidden = true
  line.appendChild(time)
  line.appendChild(element('b', '', entry.type))
  line.appendChild(text)
  line.appendChild(count)
  line.addEventListener('click', () => {
    const open = item.querySelector('pre')
    line.setAttribute('aria-expanded', String(open === null))
    if (open !== null) return void item.removeChild(open)
    item.appendChild(element('pre', '', whole()))
  })
  item.appendChild(line)
  const whole = (): string => JSON.stringify(entry, null, 2)

  return {
    item,
    repeat(next) {
      entry = next
      times += 1
      time.textContent = clock(next.at)
      text.textContent = summary(next)
      count.textContent = `×${times}`
      count.hidden = false
      const open = item.querySelector('pre')
      if (open !== null) open.textContent = whole()
    },
  }
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))

function clock(at: number): string {
  const time = new Date(at)
  const ms = `00${time.getMilliseconds()}`.slice(-3)
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`
}
