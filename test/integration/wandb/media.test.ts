// Tables, plots and media through W&B's own client: they travel as files and artifacts, and come back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'
import { readRows } from './read-run.ts'

describe.skipIf(!hasWandbClient)("media of W&B's client", () => {
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

  test('are logged beside metrics: a table, images, HTML, plots', async () => {
    const result = await place.python(`
import struct, wandb, zlib
def png(path):
    chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    body = chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(b'\\0\\xff\\0\\0')) + chunk(b'IEND', b'')
    open(path, 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + body)
png('red.png')
table = wandb.Table(columns=['x', 'y', 'note'], data=[[1, 2.5, 'a'], [2, 3.5, 'b']])
with wandb.init(project='media', id='mediarun') as run:
    run.log({'loss': 0.5, 'table': table})
    run.log({'html': wandb.Html('<b>hi</b>', inject=False), 'loss': 0.4})
    run.log({'line': wandb.plot.line(table, 'x', 'y', title='t'), 'bar': wandb.plot.bar(table, 'x', 'y')})
    art = wandb.Artifact('pictures', type='images'); art.add_file('red.png'); run.log_artifact(art)
r = wandb.Api().run('media/mediarun')
print(sorted({f.name.split('/')[1] for f in r.files() if f.name.startswith('media/')}))
t = wandb.Api().artifact('media/run-mediarun-table:latest').get('table')
print(t.columns, t.data)
print(sorted({a.type for a in r.logged_artifacts()}))
`)
    expect(result.stderr).not.toContain('Traceback')
    expect(result.stdout.trim().split('\n')).toEqual([
      "['html', 'table']",
      "['x', 'y', 'note'] [[1, 2.5, 'a'], [2, 3.5, 'b']]",
      "['images', 'run_table']",
    ])
    const rows = await readRows(cluster, 'mediarun')
    expect(rows.slice(0, 2).map(({ metrics }) => metrics['loss'])).toEqual([0.5, 0.4])
  })
})
