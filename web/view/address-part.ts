// A part of the address as it was meant: the router decodes an address as a whole, which leaves `/`, `=` and their kin
// in a name encoded, and cannot be undone.
import { useLocation } from 'wouter'

/** @param index of `/a/b/c` from 0; null: there is no such part, or it is not encoded as it must be */
export function useAddressPart(index: number): string | null {
  useLocation() // renders again when the address changes
  return addressPart(window.location.pathname, index)
}

export function addressPart(path: string, index: number): string | null {
  const part = path.split('/')[index + 1]
  if (part === undefined || part === '') return null
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
