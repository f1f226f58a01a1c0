// Logging in with W&B's own client, on a real controller.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'

describe.skipIf(!hasWandbClient)("W&B's client logs in", () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.close())

  test('with a token of ours', async () => {
    const place = openWandbWorkplace(cluster.server, cluster.token)
    const code = 'import wandb; wandb.login(verify=True); print(wandb.Api().viewer.username)'
    const result = await place.python(code)
    place.close()
    expect(result.stderr).not.toContain('Traceback')
    expect(result.stdout.trim()).toBe('sweep')
  })

  test('and is told in words when the key is wrong', async () => {
    const place = openWandbWorkplace(cluster.server, 'x'.repeat(48))
    const result = await place.python('import wandb; wandb.login(verify=True)')
    place.close()
    expect(result.code).not.toBe(0)
    expect(result.stderr).toMatch(/invalid|not (known|recognized|authorized)|401/i)
  })

  test('an unknown field is named in a GraphQL error with status 200', async () => {
    const response = await fetch(`${cluster.server}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { shoeSize } }' }),
    })
    expect(response.status).toBe(200)
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    expect(errors[0]?.message).toContain('shoeSize')
  })
})
