// Names in lists of the URL (`cols`, `sort`, `group`): separated by commas, which a name may hold itself.

export function writeNames(names: readonly string[]): string {
  return names.map((name) => name.replace(/[%,]/g, (sign) => (sign === ',' ? '%2c' : '%25'))).join(',')
}

export function parseNames(text: string): string[] {
  return text
    .split(',')
    .filter((name) => name !== '')
    .map((name) => name.replace(/%(2c|25)/g, (sign) => (sign === '%2c' ? ',' : '%')))
}
