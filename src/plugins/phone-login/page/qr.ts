const SVG = 'http://www.w3.org/2000/svg'
/** The standard wants four modules of light around it; many cameras do not find it otherwise. */
const QUIET = 4

/** One path of runs: `M4 5h7v1h-7z` is seven dark modules beside each other. */
function pathOf(rows: readonly string[]): string {
  let path = ''
  rows.forEach((row, y) => {
    const runs = /1+/g
    for (let run = runs.exec(row); run !== null; run = runs.exec(row)) {
      const { length } = run[0]
      path += `M${run.index + QUIET} ${y + QUIET}h${length}v1h-${length}z`
    }
  })
  return path
}

/** Draws a QR code as an SVG, dark on light in every colour scheme. @param rows of `1` (dark) and `0` */
export function drawQr(target: HTMLElement, rows: readonly string[]): void {
  const size = rows.length + 2 * QUIET
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('shape-rendering', 'crispEdges')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', pathOf(rows))
  path.setAttribute('fill', '#000')
  svg.appendChild(path)
  target.textContent = ''
  target.appendChild(svg)
}
