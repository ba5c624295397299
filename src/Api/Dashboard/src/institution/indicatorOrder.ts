/** As an officer reads them: energy first, then what it is made of; the total before what it is per area and per head. */
const subjects = ['energy', 'electricity', 'carbon', 'water']
const measures = ['total', 'per_area', 'per_head']

function rank(list: readonly string[], word: string): number {
  const at = list.indexOf(word)
  return at < 0 ? list.length : at
}

/** Orders indicator keys such as `energy_per_area`; what is not known comes last, by its name. */
export function inReadingOrder(a: string, b: string): number {
  const [one, other] = [a, b].map(key => {
    const subject = key.split('_', 1)[0] ?? ''
    return { subject: rank(subjects, subject), measure: rank(measures, key.slice(subject.length + 1)) }
  }) as [{ subject: number; measure: number }, { subject: number; measure: number }]
  return one.subject - other.subject || one.measure - other.measure || a.localeCompare(b, 'en')
}
