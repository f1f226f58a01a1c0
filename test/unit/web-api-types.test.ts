// The dashboard is compiled against the API as it is.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { API_TYPES_PATH, writeApiTypes } from '../../scripts/write-api-types.ts'

it('web/api/openapi.d.ts is what the OpenAPI document gives: npm run api-types writes it anew', async () => {
  expect(readFileSync(API_TYPES_PATH, 'utf8')).toBe(await writeApiTypes())
})
