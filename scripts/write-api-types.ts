// Writes web/api/openapi.d.ts, the types of the HTTP API that the dashboard is compiled against, from the OpenAPI
// document: `npm run api-types` after a change of the API. A unit test compares the file with the document.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'
import { createOpenApiDocument } from '../controller/openapi.ts'

export const API_TYPES_PATH = fileURLToPath(new URL('../web/api/openapi.d.ts', import.meta.url))

export async function writeApiTypes(): Promise<string> {
  const document = createOpenApiDocument('0') as OpenAPI3 // made by a library of the same standard
  const types = astToString(await openapiTS(document))
  return `// Made by \`npm run api-types\` from the OpenAPI document; not to be edited.\n${types}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(API_TYPES_PATH, await writeApiTypes())
