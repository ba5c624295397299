import { roundHalfAway, shift } from './decimal'

export type Language = 'zh-CN' | 'en'

/** Where a number stands: a tile may change to a larger unit, a table keeps one unit per column. */
export type Place = 'tile' | 'table'

/** How a canonical unit is shown: moved by a power of ten, with so many decimals, under a name. */
export interface Shown {
  readonly places: number
  readonly decimals: number
  readonly unit: string
}

const plain = (unit: string, decimals: number, places = 0): Shown => ({ places, decimals, unit })

const simple: Readonly<Record<string, Shown>> = {
  tCO2: plain('tCO₂', 1),
  kgCO2: plain('kgCO₂', 1),
  m3: plain('m³', 0),
  m2: plain('m²', 0),
  'm3/h': plain('m³/h', 2),
  'L/h': plain('L/h', 0),
  'kgce/m2': plain('kgce/m²', 2),
  'kgCO2/m2': plain('kgCO₂/m²', 2),
  'kWh/m2': plain('kWh/m²', 2),
  'kWh/kWp': plain('kWh/kWp', 2),
  'W/m2': plain('W/m²', 0),
  GJ: plain('GJ', 1),
  L: plain('L', 1),
  kg: plain('kg', 1),
  h: plain('h', 2),
}

const perHead: Readonly<Record<string, string>> = {
  'kgce/person': 'kgce',
  'kgCO2/person': 'kgCO₂',
  'kWh/person': 'kWh',
  'm3/person': 'm³',
}

/** Chooses unit and decimals for a value (ui.md 5.6). The switch to a larger unit is judged on the rounded value, so that no text steps over it. */
export function shownAs(v: number, unit: string, place: Place, language: Language): Shown {
  const size = Math.abs(v)
  const zh = language === 'zh-CN'
  switch (unit) {
    case 'kWh':
      if (place === 'tile' && roundHalfAway(size, 0) >= 100_000) return zh ? plain('万kWh', 2, -4) : plain('MWh', 1, -3)
      return plain('kWh', size < 100 ? 1 : 0)
    case 'kW':
      return place === 'tile' && roundHalfAway(size, 1) >= 10_000 ? plain('MW', 1, -3) : plain('kW', 1)
    case 'kWp':
      return place === 'tile' && roundHalfAway(size, 0) >= 1_000 ? plain('MWp', 1, -3) : plain('kWp', 0)
    case 'kgce':
      return roundHalfAway(size, 1) >= 1_000 ? plain('tce', 2, -3) : plain('kgce', 1)
    case 'tce':
      return roundHalfAway(shift(size, 3), 1) >= 1_000 || v === 0 ? plain('tce', 2) : plain('kgce', 1, 3)
    case 'ratio':
      return plain('%', 1, 2)
    case '%':
      return plain('%', 1)
  }
  const head = perHead[unit]
  if (head) return plain(`${head}/${zh ? '人' : 'person'}`, 2)
  return simple[unit] ?? plain(unit, 2)
}

/** One unit for a whole column, chosen from its largest value. */
export function columnUnit(values: readonly (number | null)[], unit: string, language: Language): Shown {
  const largest = values.reduce<number>((most, v) => (v === null ? most : Math.max(most, Math.abs(v))), 0)
  return shownAs(largest, unit, 'table', language)
}
