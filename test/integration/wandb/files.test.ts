// Files of runs through W&B's own client: saved, listed, downloaded, uploaded afterwards, deleted; and code.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

describe.skipIf(!hasWandbClient)("files of runs of W&B's client", () => {
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

  /** The lines that a script prints. */
  async function linesOf(code: string): Promise<string[]> {
    const result = await place.python(code)
    expect(result.stderr).not.toContain('Traceback')
    expect(result.code).toBe(0)
    return result.stdout.trim().split('\n')
  }

  test('are saved by any name, listed in pages, found by pattern, and downloaded as they were', async () => {
    const lines = await linesOf(`
import os, wandb
os.makedirs('sub/dir')
open('sub/dir/é ü%20#?.txt', 'w').write('nested é')
open('sub/a b.json', 'w').write('{}')
with wandb.init(project='files', id='filesrun') as run:
    run.save('sub/*.json', base_path='.')
    run.save('sub/dir/*', base_path='.')
r = wandb.Api().run('files/filesrun')
print(sorted(f.name for f in r.files(per_page=2) if f.name.startswith('sub')))
print([f.name for f in r.files(pattern='sub/%.json')], len(r.files()) == len(list(r.files())))
f = r.file('sub/dir/é ü%20#?.txt')
print(f.size, f.mimetype, f.download('down', replace=True).read())
print(r.file('output.log').size >= 0, r.file('nothing').size, r.file('nothing').md5)
try: wandb.restore('nothing', 'files/filesrun')
except ValueError as e: print(e)
print(wandb.restore('sub/a b.json', 'files/filesrun', root='back').read())
`)
    expect(lines).toEqual([
      "['sub/a b.json', 'sub/dir/é ü%20#?.txt']",
      "['sub/a b.json'] True",
      '9 text/plain nested é',
      'True 0 0',
      'File nothing not found in files/filesrun.',
      '{}',
    ])
  })

  test('are uploaded to a run that has ended, and deleted', async () => {
    const lines = await linesOf(`
import wandb
with wandb.init(project='files', id='afterrun') as run: pass
r = wandb.Api().run('files/afterrun')
open('up load.txt', 'w').write('uploaded')
print(r.upload_file('up load.txt').size, r.file('up load.txt').download('up', replace=True).read())
r.file('up load.txt').delete()
print([(f.name, f.md5) for f in r.files(names=['up load.txt'])])
`)
    expect(lines).toEqual(['8 uploaded', "[('up load.txt', '0')]"])
  })

  test('hold the code of a script that wants it kept', async () => {
    const script = join(place.folder, 'train_it.py')
    writeFileSync(
      script,
      "import wandb\nwith wandb.init(project='files', id='coderun1', save_code=True) as run:\n    run.log_code('.', include_fn=lambda path: path.endswith('train_it.py'))\n",
    )
    const lines = await linesOf(`
import runpy, sys, subprocess, wandb
subprocess.run([sys.executable, 'train_it.py'], check=True)
r = wandb.Api().run('files/coderun1')
print([f.name for f in r.files() if f.name.startswith('code/')])
print([(a.type, sorted(a.manifest.entries)) for a in r.logged_artifacts() if a.type == 'code'])
`)
    expect(lines).toEqual(["['code/train_it.py']", "[('code', ['train_it.py'])]"])
  })

  test('are not written by a viewer, nor read by one without a token', async () => {
    const made = (await cluster.sweepJson(['token', 'new', '--role', 'viewer'])) as { secret: string }
    const viewer = made.secret
    const ask = async (query: string, variables: object) => {
      const response = await fetch(`${cluster.server}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${viewer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      return JSON.stringify(await response.json())
    }
    const files = { projectName: 'files', runName: 'filesrun', files: ['x'] }
    for (const [query, input] of [
      ['mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { runID } }', files],
      ['mutation ($input: DeleteFilesInput!) { deleteFiles(input: $input) { success } }', { files: ['x'] }],
      [
        'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
        { projectName: 'files', artifactTypeName: 't', artifactCollectionName: 'a', digest: 'd' },
      ],
      [
        'mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { id } } }',
        { artifactID: 'abcd1234' },
      ],
      [
        'mutation ($input: AddAliasesInput!) { addAliases(input: $input) { success } }',
        { artifactID: 'abcd1234', aliases: [] },
      ],
      [
        'mutation ($input: NotifyScriptableRunAlertInput!) { notifyScriptableRunAlert(input: $input) { success } }',
        { projectName: 'files', runName: 'filesrun', title: 't' },
      ],
    ] as const)
      expect(await ask(query, { input })).toContain('a token of role viewer may not do this')
    const upload = `{ project(name: "files") { run(name: "filesrun") { files { edges { node { url(upload: true) } } } } } }`
    expect(await ask(upload, {})).toContain('a token of role viewer may not do this')
    const read = await fetch(`${cluster.server}/storage/run-file/filesrun?name=output.log`)
    expect(read.status).toBe(403)
  })
})
