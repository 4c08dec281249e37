import { LOW_BATTERY } from '../../core/pages/fleet-view.ts'

/** Width of the level in partials/gauge at 100 %. */
const WIDTH = 30

/** Sets the level of a partials/gauge. */
export function showGauge(gauge: Element | null, percent: number | null): void {
  const level = gauge === null ? null : gauge.querySelector('.gauge-level')
  if (gauge === null || level === null) return
  level.setAttribute('width', String(percent === null ? 0 : (WIDTH * percent) / 100))
  gauge.setAttribute('data-low', String(percent !== null && percent <= LOW_BATTERY))
  // An empty picture would look like an empty battery.
  gauge.setAttribute('data-known', String(percent !== null))
}
