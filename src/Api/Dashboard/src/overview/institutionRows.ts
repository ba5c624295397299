import type { InstitutionRow } from '../api/contract'

export type SortKey = 'status' | 'name' | 'type' | 'energy' | 'perArea' | 'quota' | 'coverage' | 'last'

export interface RowChoice {
  search: string
  type: string
  status: string
  sort: SortKey
  descending: boolean
}

export const pageSize = 25

const sortKeys: readonly SortKey[] = ['status', 'name', 'type', 'energy', 'perArea', 'quota', 'coverage', 'last']

/** The sort as it stands in the address: `energy`, or `-energy` for the largest first. */
export function readSort(text: string): Pick<RowChoice, 'sort' | 'descending'> {
  const descending = text.startsWith('-')
  const sort = sortKeys.find(key => key === (descending ? text.slice(1) : text))
  return sort ? { sort, descending } : { sort: 'status', descending: false }
}

/** What a click on a heading asks for: first the worst or largest, then the other way round. */
export function nextSort(current: Pick<RowChoice, 'sort' | 'descending'>, clicked: SortKey): string {
  const largestFirst = clicked === 'energy' || clicked === 'perArea' || clicked === 'quota'
  const descending = current.sort === clicked ? !current.descending : largestFirst
  return descending ? `-${clicked}` : clicked
}

/** Rows that match, in order. Rows without the value that is sorted by stand last in either direction. */
export function choose(rows: readonly InstitutionRow[], choice: RowChoice): InstitutionRow[] {
  const wanted = choice.search.trim().toLowerCase()
  const matching = rows.filter(row =>
    (wanted === '' || row.name.toLowerCase().includes(wanted) || row.code.toLowerCase().includes(wanted))
    && (choice.type === '' || row.type === choice.type)
    && (choice.status === '' || row.status === choice.status))
  const way = choice.descending ? -1 : 1
  return matching.sort((a, b) => {
    const left = keyOf(a, choice.sort)
    const right = keyOf(b, choice.sort)
    if (left === null || right === null) return left === right ? byName(a, b) : left === null ? 1 : -1
    const order = typeof left === 'string' ? left.localeCompare(right as string, 'zh-CN') : left - (right as number)
    return order !== 0 ? order * way : byName(a, b)
  })
}

const severity: Record<InstitutionRow['status'], number> = { over: 0, warn: 1, nodata: 2, ok: 3 }

function keyOf(row: InstitutionRow, key: SortKey): string | number | null {
  switch (key) {
    case 'status': return severity[row.status]
    case 'name': return row.name
    case 'type': return row.type
    case 'energy': return row.energyYear.v
    case 'perArea': return row.perArea.v
    case 'quota': return row.quota?.used ?? null
    case 'coverage': return row.coverage
    case 'last': return row.lastReading
  }
}

const byName = (a: InstitutionRow, b: InstitutionRow) => a.name.localeCompare(b.name, 'zh-CN') || a.code.localeCompare(b.code)
