// A client of W&B reduced to its requests: what it sends, as a test chooses it.

/** A run that a test reports. */
export interface TestRun {
  /** Ours. */
  readonly id: string
  /** Of the GraphQL type Run. */
  readonly nodeId: string
  /** Of its file stream. */
  readonly url: string
  readonly historyLineCount: number
  /** @returns the answer */
  post(body: object): Promise<unknown>
}

export interface Poster {
  readonly headers: Readonly<Record<string, string>>
  graphql(query: string, variables: object): Promise<unknown>
  upsert(input: object): Promise<unknown>
  /** A process begins the run of that id. @param project @default posts */
  begin(name: string, more?: object): Promise<TestRun>
}

export function createPoster(server: string, token: string): Poster {
  const headers = {
    authorization: `Basic ${btoa(`api:${token}`)}`,
    'content-type': 'application/json',
  }

  async function send(url: string, body: object): Promise<unknown> {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  const graphql = (query: string, variables: object) => send(`${server}/graphql`, { query, variables })

  const upsert = (input: object) =>
    graphql(
      `
        mutation UpsertBucket($input: UpsertBucketInput!) {
          upsertBucket(input: $input) {
            bucket {
              id
              name
              project {
                name
                entity {
                  name
                }
              }
              historyLineCount
            }
            inserted
          }
        }
      `,
      { input },
    )

  return {
    headers,
    graphql,
    upsert,
    async begin(name, more = {}) {
      const answer = (await upsert({ name, modelName: 'posts', host: 'a-host', ...more })) as Upserted
      const bucket = answer.data?.upsertBucket?.bucket
      if (bucket === undefined) throw new Error(JSON.stringify(answer))
      const { project } = bucket
      const url = `${server}/files/${project.entity.name}/${project.name}/${encodeURIComponent(bucket.name)}/file_stream`
      const id = /^Run:v1:(\w{8})$/.exec(atob(bucket.id))?.[1] ?? ''
      return {
        id,
        nodeId: bucket.id,
        url,
        historyLineCount: bucket.historyLineCount,
        post: (body) => send(url, body),
      }
    },
  }
}

interface Upserted {
  readonly data?: {
    readonly upsertBucket?: {
      readonly bucket: {
        readonly id: string
        readonly name: string
        readonly historyLineCount: number
        readonly project: { readonly name: string; readonly entity: { readonly name: string } }
      }
    }
  }
}

/** A line of wandb-history.jsonl. @param startedAt of its process, in seconds */
export function historyLine(
  step: number,
  metrics: Readonly<Record<string, unknown>>,
  { startedAt = 1_700_000_000 }: { startedAt?: number } = {},
): string {
  return JSON.stringify({ ...metrics, _step: step, _runtime: step, _timestamp: startedAt + step })
}
