import { describe, expect, it } from 'vitest'
import en from '../../src/i18n/en'
import zh from '../../src/i18n/zh-CN'

type Messages = { [key: string]: string | Messages }

function flat(messages: Messages, path = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') all.set(path + key, value)
    else for (const [inner, text] of flat(value, `${path}${key}.`)) all.set(inner, text)
  }
  return all
}

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

describe('the two languages', () => {
  const chinese = flat(zh)
  const english = flat(en)

  it('have the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it.each([...chinese.keys()])('%s has the same placeholders and is not empty', key => {
    expect(chinese.get(key)).not.toBe('')
    expect(placeholders(english.get(key)!)).toEqual(placeholders(chinese.get(key)!))
  })

  it('English holds no Chinese apart from the name of the other language', () => {
    const mixed = [...english].filter(([key, text]) => key !== 'shell.language' && /[\u4e00-\u9fff]/.test(text))
    expect(mixed).toEqual([])
  })
})
