import { expect, it } from 'vitest'
import { deviceModel } from '../../../src/core/devices/models.ts'

it.each([
  [0, 77, 2, 'Mavic 3M'],
  [0, 103, 0, 'Matrice 400'],
  [0, 100, 1, 'Matrice 4TD'],
  [2, 56, 0, 'Smart Controller Enterprise'],
  [2, 144, 0, 'RC Pro Enterprise'],
  [3, 3, 0, 'Dock 3'],
  // One fork takes 400 for a Matrice 400 (facts D4): unknown here, and kept.
  [0, 400, 0, null],
  [9, 9, 9, null],
])('%i-%i-%i: %s', (domain, type, subType, name) =>
  expect(deviceModel(domain, type, subType)).toEqual({ key: `${domain}-${type}-${subType}`, name }),
)
