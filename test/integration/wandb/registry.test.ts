// Promoting a version through W&B's own client: aliases by hand, links, registries, deletion.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

describe.skipIf(!hasWandbClient)("the registry flow of W&B's client", () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster()
    place = openWandbWorkplace(cluster.server, cluster.token)
    await linesOf(`
import wandb
for text in ('one', 'two'):
    with wandb.init(project='reg', id='make' + text + '1') as run:
        a = wandb.Artifact('m', type='model')
        with a.new_file('w.txt') as f: f.write(text)
        run.log_artifact(a).wait()
`)
  })
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  async function linesOf(code: string): Promise<string[]> {
    const result = await place.python(code)
    expect(result.stderr).not.toContain('Traceback')
    expect(result.code).toBe(0)
    return result.stdout.trim().split('\n')
  }

  test('a logged version is promoted, described, found by its alias, and demoted', async () => {
    const lines = await linesOf(`
import pathlib, wandb
api = wandb.Api()
a = api.run('reg/makeone1').logged_artifacts()[0]
a.aliases.append('production'); a.description = 'good'; a.metadata['acc'] = 0.9; a.tags = ['t']
a.save()
b = api.artifact('reg/m:production')
print(b.version, b.aliases, b.description, b.metadata, b.tags)
print(pathlib.Path(b.download('prod')).joinpath('w.txt').read_text(), api.artifact('reg/m:latest').version)
b.aliases.remove('production'); b.save()
print(wandb.Api().artifact('reg/m:v0').aliases)
c = api.artifact_collection('model', 'reg/m')
c.description = 'a model'; c.tags = ['keep']; c.save()
c = wandb.Api().artifact_collection('model', 'reg/m')
print(c.description, c.tags, [v.version for v in c.artifacts()], c.aliases)
`)
    expect(lines).toEqual([
      "v0 ['production'] good {'acc': 0.9} ['t']",
      'one v1',
      '[]',
      "a model ['keep'] ['v1', 'v0'] ['latest']",
    ])
  })

  test('a version is linked into a collection and into a registry, with aliases of their own', async () => {
    const lines = await linesOf(`
import pathlib, wandb
api = wandb.Api()
with wandb.init(project='reg') as run:
    a = run.use_artifact('m:v1')
    print(run.link_artifact(a, 'reg/best', aliases=['staging']).name)
    print(run.link_artifact(a, 'wandb-registry-model/best', aliases=['prod']).qualified_name)
l = api.artifact('reg/best:staging')
print(l.source_name, l.is_link, pathlib.Path(l.download('linked')).joinpath('w.txt').read_text())
print(api.artifact('wandb-registry-model/best:prod').source_name)
print(sorted(x.qualified_name for x in api.artifact('reg/m:v1').linked_artifacts))
l.unlink()
print(api.artifact_exists('reg/best:staging'), api.artifact_exists('reg/m:v1'))
`)
    expect(lines).toEqual([
      'best:v0',
      'sweep/wandb-registry-model/best:v0',
      'm:v1 True two',
      'm:v1',
      "['sweep/reg/best:v0', 'sweep/wandb-registry-model/best:v0']",
      'False True',
    ])
  })

  test('a version with an alias is deleted only on request; latest moves back', async () => {
    const lines = await linesOf(`
import wandb
api = wandb.Api()
with wandb.init(project='reg') as run:
    a = wandb.Artifact('m', type='model')
    with a.new_file('w.txt') as f: f.write('three')
    run.log_artifact(a, aliases=['keep']).wait()
try: api.artifact('reg/m:v2').delete()
except Exception as e: print('alias keep' in str(e))
api.artifact('reg/m:v2').delete(delete_aliases=True)
print(wandb.Api().artifact('reg/m:latest').version, api.artifact_exists('reg/m:v2'))
api.artifact_collection('model', 'reg/m').delete()
print(api.artifact_exists('reg/m:latest'))
`)
    expect(lines).toEqual(['True', 'v1 False', 'False'])
  })
})
