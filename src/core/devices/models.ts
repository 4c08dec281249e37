import type { DeviceModel } from '../events.ts'

/** `domain-type-sub_type` to name: facts D4. 0-77-2 is missing in DJI's table but was seen on hardware. */
const NAMES: Readonly<Record<string, string>> = {
  '0-60-0': 'Matrice 300 RTK',
  '0-67-0': 'Matrice 30',
  '0-67-1': 'Matrice 30T',
  '0-77-0': 'Mavic 3E',
  '0-77-1': 'Mavic 3T',
  '0-77-2': 'Mavic 3M',
  '0-77-3': 'Mavic 3TA',
  '0-89-0': 'Matrice 350 RTK',
  '0-91-0': 'Matrice 3D',
  '0-91-1': 'Matrice 3TD',
  '0-99-0': 'Matrice 4E',
  '0-99-1': 'Matrice 4T',
  '0-100-0': 'Matrice 4D',
  '0-100-1': 'Matrice 4TD',
  '0-103-0': 'Matrice 400',
  '2-56-0': 'Smart Controller Enterprise',
  '2-119-0': 'RC Plus',
  '2-144-0': 'RC Pro Enterprise',
  '2-174-0': 'RC Plus 2',
  '3-1-0': 'Dock',
  '3-2-0': 'Dock 2',
  '3-3-0': 'Dock 3',
}

/** Never refuses a model. A model that is not in the table has a key and no name. */
export function deviceModel(domain: number, type: number, subType: number): DeviceModel {
  const key = `${domain}-${type}-${subType}`
  return { key, name: Object.hasOwn(NAMES, key) ? (NAMES[key] ?? null) : null }
}

/** The model for a key of `deviceModel`; null for anything else. */
export function modelOfKey(key: string | null): DeviceModel | null {
  const parts = /^(\d+)-(\d+)-(\d+)$/.exec(key ?? '')
  return parts === null ? null : deviceModel(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}
