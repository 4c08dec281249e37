/** Aircraft to choose from, by the triples of facts D4. The serial numbers are fakes. */
export const MODELS = [
  { name: 'Mavic 3E', serial: '1581FAKE000000000001', type: 77, subType: 0 },
  { name: 'Mavic 3T', serial: '1581FAKE000000000078', type: 77, subType: 1 },
  { name: 'Matrice 30T', serial: '1581FAKE000000000030', type: 67, subType: 1 },
  { name: 'Matrice 300 RTK', serial: '1ZNBFAKE0000000001', type: 60, subType: 0 },
  { name: 'Matrice 350 RTK', serial: '1581FAKE000000000089', type: 89, subType: 0 },
  { name: 'Matrice 4T', serial: '1581FAKE000000000099', type: 99, subType: 1 },
  { name: 'Matrice 400', serial: '1581FAKE000000000103', type: 103, subType: 0 },
  { name: 'an aircraft that nobody knows', serial: '1581FAKE000000009999', type: 9999, subType: 9 },
] as const
