/**
 * Reacts to sleep and to the network. Timers stop while the controller sleeps, so the page shows an old state after it
 * wakes, until the state is checked again.
 */
export function watchLife(wake: () => void, onNetwork: () => void): void {
  const online = (): void => {
    onNetwork()
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
}
