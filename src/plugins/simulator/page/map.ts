import { byId } from './dom.ts'
import { t } from './words.ts'

export interface Place {
  readonly latitude: number
  readonly longitude: number
}

export interface MapSketch {
  path(): readonly Place[]
  /** How many points the reader has set. */
  points(): number
  clear(): void
  /** Position of the aircraft; null if it is not in the air. */
  aircraft(place: Place | null): void
}

/** Start position of the virtual Pilot, and the size of the map around it. */
const HOME: Place = { latitude: 47, longitude: 8 }
const METRES_HIGH = 600
const DEGREE = 111_320

/** @param onPath called when the path has changed */
export function createMap(onPath: () => void): MapSketch {
  const canvas = byId<HTMLCanvasElement>('map')
  const pen = canvas.getContext('2d')
  let points: Place[] = []
  let trail: Place[] = []
  let craft: Place | null = null
  const scale = canvas.height / METRES_HIGH
  const wide = DEGREE * Math.cos((HOME.latitude * Math.PI) / 180)

  const toPixel = ({ latitude, longitude }: Place): readonly [number, number] => [
    canvas.width / 2 + (longitude - HOME.longitude) * wide * scale,
    canvas.height / 2 - (latitude - HOME.latitude) * DEGREE * scale,
  ]
  const toPlace = (x: number, y: number): Place => ({
    longitude: HOME.longitude + (x - canvas.width / 2) / scale / wide,
    latitude: HOME.latitude - (y - canvas.height / 2) / scale / DEGREE,
  })

  const line = (places: readonly Place[], color: string, width: number): void => {
    if (pen === null || places.length < 2) return
    pen.strokeStyle = color
    pen.lineWidth = width
    pen.beginPath()
    places.forEach((place, index) => {
      const [x, y] = toPixel(place)
      if (index === 0) pen.moveTo(x, y)
      else pen.lineTo(x, y)
    })
    pen.stroke()
  }
  const dot = (place: Place, color: string, radius: number): void => {
    if (pen === null) return
    const [x, y] = toPixel(place)
    pen.fillStyle = color
    pen.beginPath()
    pen.arc(x, y, radius, 0, 2 * Math.PI)
    pen.fill()
  }

  const draw = (): void => {
    if (pen === null) return
    pen.fillStyle = '#eef4ea'
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.strokeStyle = '#d7e3d0'
    pen.lineWidth = 1
    const step = 100 * scale
    for (let x = (canvas.width / 2) % step; x < canvas.width; x += step)
      pen.strokeRect(x, 0, 0, canvas.height)
    for (let y = (canvas.height / 2) % step; y < canvas.height; y += step)
      pen.strokeRect(0, y, canvas.width, 0)
    pen.fillStyle = '#7d8b76'
    pen.font = '14px sans-serif'
    pen.fillText(t('flight.scale'), 8, canvas.height - 8)
    dot(HOME, '#5b6875', 4)
    line(trail, '#8db4e8', 2)
    line(points, '#a35a00', 2)
    for (const point of points) dot(point, '#a35a00', 4)
    if (craft !== null) dot(craft, '#0b62d6', 6)
  }

  canvas.addEventListener('click', (event) => {
    const box = canvas.getBoundingClientRect()
    const ratio = canvas.width / box.width
    points.push(toPlace((event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio))
    onPath()
    draw()
  })
  draw()

  return {
    path: () => (craft === null ? points : [craft].concat(points)),
    points: () => points.length,
    clear() {
      points = []
      onPath()
      draw()
    },
    aircraft(place) {
      if (place === null) trail = []
      else trail = trail.concat([place]).slice(-300)
      craft = place
      draw()
    },
  }
}
