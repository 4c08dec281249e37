import { show } from './dom.ts'

/**
 * Sleep and network: timers stand still while the controller sleeps, so that what is shown is old when it wakes, until
 * somebody looks.
 */
export function watchLife(wake: () => void): void {
  const online = (): void => {
    show('offline', !navigator.onLine)
    if (navigator.onLine) wake()
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wake()
  })
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) wake()
  })
  window.addEventListener('online', online)
  window.addEventListener('offline', online)
  online()
}
