// Artifacts through W&B's own client: logged, used, downloaded, drafted anew, changed in part, kept as references.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

describe.skipIf(!hasWandbClient)("artifacts of W&B's client", () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster()
    place = openWandbWorkplace(cluster.server, cluster.token)
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

  test('are logged, used and downloaded; who made and used them is known', async () => {
    const lines = await linesOf(`
import pathlib, wandb
pathlib.Path('a.txt').write_text('hello world')
with wandb.init(project='p', id='maker001') as run:
    a = wandb.Artifact('model', type='model', metadata={'acc': 0.5}, description='first')
    a.add_file('a.txt', name='dir/ä b.txt')
    run.log_artifact(a, aliases=['best']).wait()
    print(a.version, sorted(a.aliases), a.size, a.file_count)
with wandb.init(project='p', id='user0001') as run:
    a = run.use_artifact('model:best')
    print(pathlib.Path(a.download('down')).joinpath('dir/ä b.txt').read_text(), a.metadata, a.description)
api = wandb.Api()
a = api.artifact('p/model:v0')
print(a.logged_by().id, [r.id for r in a.used_by()], a.state, a.type)
print([x.name for x in api.run('p/maker001').logged_artifacts()], [x.name for x in api.run('p/user0001').used_artifacts()])
print(api.artifact_exists('p/model:best'), api.artifact_exists('p/model:worst'))
`)
    expect(lines).toEqual([
      "v0 ['best', 'latest'] 11 1",
      "hello world {'acc': 0.5} first",
      "maker001 ['user0001'] COMMITTED model",
      "['model:v0'] ['model:v0']",
      'True False',
    ])
  })

  test('of the same content make no new version, those of other content do; latest moves', async () => {
    const lines = await linesOf(`
import wandb
def log(text):
    with wandb.init(project='p') as run:
        a = wandb.Artifact('data', type='dataset')
        with a.new_file('x') as f: f.write(text)
        run.log_artifact(a).wait()
        return a.version
print(log('one'), log('one'), log('two'), log('one'))
api = wandb.Api()
print(api.artifact('p/data:latest').version, [a.version for a in api.artifacts('dataset', 'p/data')])
print([t.name for t in api.artifact_types('p')], [c.name for c in api.artifact_collections('p', 'dataset')])
`)
    expect(lines).toEqual(['v0 v0 v1 v0', "v0 ['v1', 'v0']", "['model', 'dataset'] ['data']"])
  })

  test('have references that stay references, no files at all, or thousands in pages', async () => {
    const lines = await linesOf(`
import os, pathlib, wandb
os.makedirs('many')
for i in range(300): pathlib.Path(f'many/{i}').write_text(str(i))
pathlib.Path('ref.txt').write_text('ref')
with wandb.init(project='p') as run:
    e = run.log_artifact(wandb.Artifact('empty', type='t')).wait()
    r = wandb.Artifact('refs', type='t')
    r.add_reference('file://' + os.path.abspath('ref.txt'))
    r.add_reference('https://example.com/x.bin', checksum=False)
    run.log_artifact(r).wait()
    b = wandb.Artifact('both', type='t'); b.add_file('many/7')
    b.add_reference('file://' + os.path.abspath('ref.txt'))
    run.log_artifact(b).wait()
    m = wandb.Artifact('many', type='t'); m.add_dir('many')
    run.log_artifact(m).wait()
print(e.version, e.size, r.file_count, r.size)
api = wandb.Api()
entries = api.artifact('p/refs:latest').manifest.entries
print(entries['x.bin'].ref, entries['ref.txt'].ref.startswith('file://'))
print(sorted(os.listdir(api.artifact('p/both:latest').download('both'))))
m = api.artifact('p/many:latest')
print(m.file_count, sum(f.size for f in m.files(per_page=70)), len(os.listdir(m.download('many2'))))
m.verify('many2')
`)
    expect(lines).toEqual(['v0 0 2 3', 'https://example.com/x.bin True', "['7', 'ref.txt']", '300 790 300'])
  })

  test('are drafted anew, changed in part, and put together by several runs', async () => {
    const lines = await linesOf(`
import pathlib, time, wandb
api = wandb.Api()
with wandb.init(project='p') as run:
    a = wandb.Artifact('dir', type='t')
    for name in 'abc':
        with a.new_file(name) as f: f.write(name)
    run.log_artifact(a).wait()
d = api.artifact('p/dir:latest').new_draft()
with d.new_file('d') as f: f.write('d')
d.remove('b')
d.save(); d.wait()
print(d.version, sorted(d.manifest.entries))
with wandb.init(project='p') as run:
    i = wandb.Artifact('dir', type='t', incremental=True)
    with i.new_file('e') as f: f.write('e')
    run.log_artifact(i).wait()
down = pathlib.Path(api.artifact('p/dir:latest').download('dir2'))
print(sorted((f.name, f.read_text()) for f in down.iterdir()))
for last, name in ((False, 'r0'), (True, 'r1')):
    with wandb.init(project='p', group='g') as run:
        s = wandb.Artifact('shared', type='t')
        with s.new_file(name) as f: f.write(name)
        (run.finish_artifact if last else run.upsert_artifact)(s)
print(sorted(api.artifact('p/shared:latest').manifest.entries))
`)
    expect(lines).toEqual([
      "v1 ['a', 'c', 'd']",
      "[('a', 'a'), ('c', 'c'), ('d', 'd'), ('e', 'e')]",
      "['r0', 'r1']",
    ])
  })

  test('that are not there, or of another type, are refused in words', async () => {
    const lines = await linesOf(`
import wandb
api = wandb.Api()
for name in ('p/model:none', 'p/none:latest', 'none/model:latest'):
    try: api.artifact(name)
    except Exception as e: print(type(e).__name__, e)
with wandb.init(project='p') as run:
    try: run.log_artifact(wandb.Artifact('model', type='other')).wait()
    except Exception as e: print(type(e).__name__, e)
`)
    expect(lines.slice(0, 3).every((line) => /not found in/.test(line))).toBe(true)
    expect(lines[3]).toMatch(/already exists with type 'model'/)
  })
})
