import { byId, element } from './dom.ts'
import type { Entry } from './server.ts'
import { type Kind, kindOf, summary, wentWrong } from './summary.ts'

const KINDS: readonly [Kind, string][] = [
  ['bridge', 'bridge'],
  ['callback', 'callbacks'],
  ['http', 'HTTP'],
  ['mqtt', 'MQTT'],
  ['ws', 'WebSocket'],
  ['pilot', 'Pilot'],
]
const SHOWN = 1_000
const HELD = 3_000

export interface LogPane {
  add(entries: readonly Entry[]): void
}

export function createLog(): LogPane {
  const list = byId<HTMLOListElement>('log')
  const search = byId<HTMLInputElement>('search')
  const off = new Set<Kind>()
  let held: Entry[] = []

  const fits = (entry: Entry): boolean => {
    if (off.has(kindOf(entry))) return false
    const wanted = search.value.trim().toLowerCase()
    return wanted === '' || JSON.stringify(entry).toLowerCase().indexOf(wanted) >= 0
  }

  const row = (entry: Entry): HTMLLIElement => {
    const item = element('li')
    item.setAttribute('data-kind', kindOf(entry))
    item.setAttribute('data-type', entry.type)
    if (wentWrong(entry)) item.setAttribute('data-bad', '')
    const line = element('div', 'line')
    line.appendChild(element('time', '', clock(entry.at)))
    line.appendChild(element('b', '', entry.type))
    line.appendChild(element('span', 'text', summary(entry)))
    line.addEventListener('click', () => {
      const open = item.querySelector('pre')
      if (open !== null) return void item.removeChild(open)
      item.appendChild(element('pre', '', JSON.stringify(entry, null, 2)))
    })
    item.appendChild(line)
    return item
  }

  const count = (): void => {
    byId('count').textContent = `${list.children.length} of ${held.length}`
  }

  const append = (entries: readonly Entry[]): void => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    const rows = document.createDocumentFragment()
    for (const entry of entries) if (fits(entry)) rows.appendChild(row(entry))
    list.appendChild(rows)
    while (list.children.length > SHOWN && list.firstChild !== null) list.removeChild(list.firstChild)
    if (atEnd) list.scrollTop = list.scrollHeight
    count()
  }

  const redraw = (): void => {
    list.textContent = ''
    append(held.slice(-SHOWN))
    list.scrollTop = list.scrollHeight
  }

  for (const [kind, label] of KINDS) {
    const box = element('input')
    box.type = 'checkbox'
    box.checked = true
    box.id = `kind-${kind}`
    box.addEventListener('change', () => {
      if (box.checked) off.delete(kind)
      else off.add(kind)
      redraw()
    })
    const tag = element('label', 'kind')
    tag.appendChild(box)
    tag.appendChild(document.createTextNode(` ${label}`))
    byId('kinds').appendChild(tag)
  }
  search.addEventListener('input', redraw)
  byId('clear').addEventListener('click', () => {
    held = []
    redraw()
  })
  byId('copy').addEventListener('click', () =>
    copyText(
      held
        .filter(fits)
        .map((entry) => JSON.stringify(entry))
        .join('\n'),
    ),
  )

  return {
    add(entries) {
      held = held.concat(entries).slice(-HELD)
      append(entries)
    },
  }
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))
function clock(at: number): string {
  const time = new Date(at)
  const ms = `00${time.getMilliseconds()}`.slice(-3)
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`
}

/** Copies without the clipboard API, which needs https or localhost. */
function copyText(text: string): void {
  const area = element('textarea')
  area.value = text
  document.body.appendChild(area)
  area.select()
  document.execCommand('copy')
  document.body.removeChild(area)
}
