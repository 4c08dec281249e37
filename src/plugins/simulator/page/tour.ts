import type { TextKey } from '../texts/en.ts'
import { byId } from './dom.ts'
import { placeBeside } from './tour-place.ts'
import { t } from './words.ts'

/** The element that each step explains, and the tab that has to be open for it. */
const STEPS: readonly { readonly at: string; readonly tab?: string }[] = [
  { at: 'screen' },
  { at: 'controls' },
  { at: 'log', tab: 'traffic' },
  { at: 'faults', tab: 'faults' },
  { at: 'presets', tab: 'knobs' },
]
const SEEN = 'dji-cloud-simulator.tour'

/** Whether the reader has dismissed the tour. Where a browser keeps nothing, the tour would come with every visit, so it counts as dismissed. */
const wasSeen = (): boolean => {
  try {
    return localStorage.getItem(SEEN) !== null
  } catch {
    return true
  }
}
const keepSeen = (): void => {
  try {
    localStorage.setItem(SEEN, 'seen')
  } catch {
    // The browser keeps nothing, or has no room.
  }
}

/** Five steps for the first visit. Arrow keys and buttons move, Escape ends. @param openTab shows a tab */
export function createTour(
  openTab: (name: string) => void,
  currentTab: () => string,
): { begin(): void; beginOnce(): void } {
  const dialog = byId<HTMLDialogElement>('tour')
  let step = 0
  let before = 'traffic'

  const target = (): HTMLElement => byId(STEPS[step]?.at ?? 'screen')
  const unmark = (): void => target().removeAttribute('data-tour')

  const draw = (): void => {
    const { tab } = STEPS[step] ?? {}
    if (tab !== undefined) openTab(tab)
    target().setAttribute('data-tour', '')
    byId('tour-title').textContent = t(`tour.${step + 1}.title` as TextKey)
    byId('tour-text').textContent = t(`tour.${step + 1}` as TextKey)
    byId('tour-place').textContent = t('tour.place', { step: String(step + 1), all: String(STEPS.length) })
    byId<HTMLButtonElement>('tour-previous').disabled = step === 0
    byId('tour-next').textContent = t(step === STEPS.length - 1 ? 'tour.end' : 'tour.next')
    const box = dialog.getBoundingClientRect()
    const view = { width: window.innerWidth, height: window.innerHeight }
    const { left, top } = placeBeside(target().getBoundingClientRect(), box, view)
    dialog.style.left = `${left}px`
    dialog.style.top = `${top}px`
  }
  /** Back to the tab that the reader had open. Before the dialog closes: its event comes later, when another tab may be open. */
  const leave = (): void => openTab(before)
  const end = (): void => {
    leave()
    dialog.close()
  }
  const go = (by: number): void => {
    unmark()
    if (step + by >= STEPS.length) {
      end()
      return
    }
    step = Math.max(0, step + by)
    draw()
  }

  dialog.addEventListener('close', () => {
    unmark()
    keepSeen()
  })
  dialog.addEventListener('cancel', leave)
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') go(1)
    else if (event.key === 'ArrowLeft') go(-1)
  })
  byId('tour-next').addEventListener('click', () => go(1))
  byId('tour-previous').addEventListener('click', () => go(-1))
  byId('tour-skip').addEventListener('click', end)

  const begin = (): void => {
    step = 0
    before = currentTab()
    dialog.showModal()
    draw()
    byId('tour-next').focus()
  }
  byId('tour-open').addEventListener('click', begin)
  return {
    begin,
    beginOnce: () => {
      if (!wasSeen()) begin()
    },
  }
}
