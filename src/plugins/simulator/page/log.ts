import { copyText } from './copying.ts'
import { byId, element, show } from './dom.ts'
import { createFolder } from './folding.ts'
import { createFollowing } from './following.ts'
import { type Circumstances, moodOf } from './moods.ts'
import { createRow, type Row } from './rows.ts'
import { KINDS, type Kind, kindOf } from './summary.ts'
import type { Entry } from './types.ts'
import { t } from './words.ts'

const SHOWN = 1_000
const HELD = 3_000

export interface LogPane {
  /** @param circumstances what was done to the controller when the entries came */
  add(entries: readonly Entry[], circumstances: Circumstances): void
}

/** An entry with the circumstances in which it came. */
interface Held {
  readonly entry: Entry
  readonly circumstances: Circumstances
}

/** The list of everything that the controller, the page and the host app do. */
export function createLog(): LogPane {
  const list = byId<HTMLOListElement>('log')
  const search = byId<HTMLInputElement>('search')
  const off = new Set<Kind>()
  const folder = createFolder<Row>()
  let held: readonly Held[] = []

  const following = createFollowing(list, (missed) => {
    show('missed', missed > 0)
    byId('missed').textContent = t('missed', { count: String(missed) })
  })
  byId('missed').addEventListener('click', following.resume)

  const fits = ({ entry }: Held): boolean => {
    if (off.has(kindOf(entry))) return false
    const wanted = search.value.trim().toLowerCase()
    return wanted === '' || JSON.stringify(entry).toLowerCase().indexOf(wanted) >= 0
  }

  const append = (more: readonly Held[]): void => {
    let added = 0
    const rows = document.createDocumentFragment()
    for (const one of more) {
      if (!fits(one)) continue
      const before = folder.lineOf(one.entry)
      if (before !== null) {
        before.repeat(one.entry)
        continue
      }
      const row = createRow(one.entry, moodOf(one.entry, one.circumstances))
      folder.add(one.entry, row)
      rows.appendChild(row.item)
      added += 1
    }
    list.appendChild(rows)
    while (list.children.length > SHOWN && list.firstChild !== null) list.removeChild(list.firstChild)
    following.added(added)
    byId('count').textContent = t('count', { shown: String(list.children.length), all: String(held.length) })
  }

  const redraw = (): void => {
    list.textContent = ''
    folder.clear()
    append(held.slice(-SHOWN))
    following.resume()
  }

  for (const kind of KINDS) {
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
    tag.appendChild(document.createTextNode(` ${t(`kind.${kind}`)}`))
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
        .map(({ entry }) => JSON.stringify(entry))
        .join('\n'),
    ),
  )

  return {
    add(entries, circumstances) {
      const more = entries.map((entry) => ({ entry, circumstances }))
      held = held.concat(more).slice(-HELD)
      append(more)
    },
  }
}
