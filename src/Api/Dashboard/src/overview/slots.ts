/** `14:45` for quarter hour 59 of a day; the end of the last one is `24:00`. */
export function slotTime(index: number): string {
  const minutes = index * 15
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** How many slots of today have passed; those after it are not missing, they are still to come. */
export const slotsPassed = (clock: string): number => Math.ceil((Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) / 15)
