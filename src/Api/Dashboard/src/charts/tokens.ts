/** What a chart takes from where it stands: the colours and the font of the present theme, and the width of its box in pixels. */
export interface ChartTokens {
  text1: string
  text2: string
  line: string
  card: string
  control: string
  font: string
  width: number
  of(name: string): string
}

export function readTokens(width: number): ChartTokens {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(`--ew-${name}`).trim()
  return { text1: of('text-1'), text2: of('text-2'), line: of('line'), card: of('card'), control: of('control'), font: of('font'), width, of }
}

/** Diagonal lines: the mark of what is not complete. */
export const hatch = (colour: string) => ({
  symbol: 'rect', symbolSize: 1, rotation: Math.PI / 4, color: colour,
  dashArrayX: [1, 0] as [number, number], dashArrayY: [2, 3] as [number, number],
})
