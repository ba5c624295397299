import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'

/**
 * One choice of the page, kept in the address, so that reload, back, a link and a print show the same picture. The default is left out
 * of the address.
 */
export function useUrlState(name: string, otherwise = ''): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => {
      const value = route.query[name]
      return typeof value === 'string' ? value : otherwise
    },
    set: value => void router.replace({ query: withChoice({ ...route.query }, name, value === otherwise ? '' : value) }),
  })
}

function withChoice(query: LocationQueryRaw, name: string, value: string): LocationQueryRaw {
  if (value === '') delete query[name]
  else query[name] = value
  return query
}
