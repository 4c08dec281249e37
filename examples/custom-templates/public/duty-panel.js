// A panel of the main page: tells a pilot when to call the duty room. Loaded by views/partials/duty-panel.ejs.
// Written for Chromium 70: no `?.`, no `??`.
;(() => {
  const LOW_PERCENT = 30
  const hotline = document.getElementById('duty').getAttribute('data-hotline')

  function show(state) {
    const percent = batteryOf(state.situation)
    const isLow = percent !== null && percent < LOW_PERCENT
    const key = state.tone === 'bad' ? 'call' : isLow ? 'battery' : 'well'
    const words = djiCloudPage.text(`own.duty.${key}`, { hotline, percent: String(percent) })
    document.getElementById('duty-text').textContent = words
  }

  /** The battery of the pilot's own aircraft; null: not known. */
  function batteryOf(situation) {
    return situation === null || situation.aircraft.length === 0
      ? null
      : situation.aircraft[0].battery_percent
  }

  document.addEventListener('dji-cloud:state', (event) => show(event.detail))
  // The page may have told its state before this script ran.
  if (window.djiCloudPage !== undefined && djiCloudPage.state !== null) show(djiCloudPage.state)
})()
