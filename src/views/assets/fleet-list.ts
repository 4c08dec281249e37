import type { FleetView, OtherRow } from '../../core/pages/fleet-view.ts'
import { byId, fill, make, setText, show } from './dom.ts'
import { createCard, type FleetCard } from './fleet-card.ts'
import type { Translate } from './translate.ts'

/** With more cards than this, each takes less room. */
const DENSE = 12

export interface FleetList {
  /** @param away the server does not answer */
  show(view: FleetView, query: string, away: boolean): void
}

/** Shows the fleet. Cards are kept, and only what has changed is written: focus, selection and scrolling stay. */
export function createFleetList(language: string, t: Translate): FleetList {
  const cards: Record<string, FleetCard> = {}
  let order = ''

  return {
    show(view, query, away) {
      const { rows, counts, total, leftOut } = view
      setText('count-alarm', String(counts.alarm))
      show('alarm', counts.alarm > 0)
      setText('count-flying', String(counts.flying))
      setText('count-online', String(counts.online))
      setText('count-offline', String(counts.offline))
      show('find', view.hasFilter)
      setText(
        'found',
        query === '' ? t('fleet.order') : t('fleet.found', { n: String(rows.length), total: String(total) }),
      )
      show('filter-clear', query !== '')
      show('empty', total === 0)
      show('no-match', total > 0 && rows.length === 0)
      setText('no-match-words', t('fleet.filter.none', { text: query }))
      show('left-out', leftOut > 0)
      setText('left-out', t('fleet.left-out', { n: String(leftOut) }))
      show('fleet', rows.length > 0)
      byId('fleet')?.setAttribute('data-dense', String(total > DENSE))
      for (const row of rows) {
        const card = cards[row.sn] || createCard(row.sn, language, t)
        cards[row.sn] = card
        card.show(row, away)
      }
      arrange(rows.map(({ sn }) => sn))
      showOthers(view.others)
    },
  }

  function arrange(serials: readonly string[]): void {
    const list = byId('fleet')
    const wanted = serials.join('\n')
    if (list === null || wanted === order) return
    order = wanted
    serials.forEach((sn, index) => {
      const card = cards[sn]
      if (card === undefined) return
      const there = list.children[index]
      if (there !== card.element) list.insertBefore(card.element, there || null)
    })
    while (list.children.length > serials.length && list.lastChild !== null) list.removeChild(list.lastChild)
  }

  function showOthers(others: readonly OtherRow[]): void {
    show('others-panel', others.length > 0)
    setText('others-title', t('fleet.others', { n: String(others.length) }))
    fill('others', others.map(lineOf))
  }

  function lineOf({ sn, name, online, pilot }: OtherRow): HTMLElement {
    const state = make('span', 'chip', [t(online ? 'device.online' : 'device.offline')])
    state.setAttribute('data-online', String(online))
    return make('li', 'fleet-other', [
      make('strong', '', [name || t('home.unknown')]),
      make('code', '', [sn]),
      make('span', 'fleet-other-pilot', [pilot || '']),
      state,
    ])
  }
}
