/** The numbers of a chart as a table: the accessible twin, and what is downloaded. */
export interface ChartTable {
  readonly columns: readonly string[]
  /** Cells as they are shown, with the raw value for the file. */
  readonly rows: readonly (readonly { text: string; raw?: number | string | null }[])[]
  readonly fileName: string
}

/** RFC 4180, with a byte order mark so that spreadsheets read the Chinese. Text that could be a formula is made plain. */
export function csvOf(table: ChartTable): string {
  const lines = [table.columns, ...table.rows.map(row => row.map(cell => (cell.raw === undefined ? cell.text : cell.raw === null ? '' : cell.raw)))]
  return '\ufeff' + lines.map(line => line.map(field).join(',')).join('\r\n') + '\r\n'
}

function field(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}
