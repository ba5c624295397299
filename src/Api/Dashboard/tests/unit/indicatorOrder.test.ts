import { expect, test } from 'vitest'
import { inReadingOrder } from '../../src/institution/indicatorOrder'

test('energy comes first, totals before shares, the unknown last', () => {
  const answered = ['carbon_per_area', 'carbon_total', 'electricity_total', 'energy_per_area', 'energy_per_head', 'energy_total', 'heat_total', 'water_total']
  expect(answered.sort(inReadingOrder)).toEqual([
    'energy_total', 'energy_per_area', 'energy_per_head', 'electricity_total', 'carbon_total', 'carbon_per_area', 'water_total', 'heat_total',
  ])
})
