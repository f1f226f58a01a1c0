// The store's contract: files and alerts of runs, artifacts, and which content is named by something.
import { beforeEach, describe, expect, it } from 'vitest'
import type { ArtifactId, CollectionId } from '../../sweeps/artifact.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import { SOME_TIME, aBlob, aCollection, aRunId, anArtifact } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeArtifacts(contract: OpenContract): void {
  // One block, so that what is put in first is there for these tests alone
  describe('files and artifacts', () => describeFilesAndArtifacts(contract))
}

function describeFilesAndArtifacts(contract: OpenContract): void {
  let store: SweepStore
  let runId: RunId
  beforeEach(async () => {
    store = contract.store()
    runId = (await storedSweep(store, [{}])).runs[0]?.id as RunId
  })

  describe('files of a run', () => {
    const file = (name: string, blob = aBlob()) => ({ runId, name, blob, updatedAt: SOME_TIME })

    it('come back in order of their names, byte by byte, from after a name, or some of them', async () => {
      const files = ['B', 'a/../../b', 'a b%', 'media/é.png', 'z😀'].map((name) => file(name))
      await store.write((tx) => tx.files.saveFiles(files.toReversed()))

      const names = async (query = {}) => (await store.files.listFiles(runId, query)).map(({ name }) => name)
      expect(await store.files.listFiles(runId)).toEqual([files[0], files[2], files[1], files[3], files[4]])
      expect(await names({ after: 'a b%', limit: 2 })).toEqual(['a/../../b', 'media/é.png'])
      expect(await names({ names: ['z😀', 'B', 'none'] })).toEqual(['B', 'z😀'])
      expect(await store.files.countFiles(runId)).toBe(5)
      expect(await store.files.countFiles(aRunId())).toBe(0)
    })

    it('replace the one of the same name, and are forgotten by name', async () => {
      await store.write((tx) => tx.files.saveFiles([file('log'), file('log'), file('other')]))
      const last = file('log', aBlob({ sizeBytes: 2 ** 40 }))
      await store.write((tx) => tx.files.saveFiles([last]))

      expect(await store.files.listFiles(runId, { names: ['log'] })).toEqual([last])
      expect(await store.write((tx) => tx.files.deleteFiles(runId, ['other', 'none']))).toBe(1)
      expect(await store.files.listFiles(runId)).toEqual([last])
    })

    it('and its alerts go with the run', async () => {
      const alert = { runId, number: 1, at: SOME_TIME, title: 'high loss', text: '', level: 'warn' } as const
      await store.write(async (tx) => {
        await tx.files.saveFiles([file('log')])
        await tx.files.insertAlerts([alert])
      })
      expect(await store.files.listAlerts(runId)).toEqual([alert])

      await store.write((tx) => tx.deleteRuns([runId]))

      expect(await store.files.listFiles(runId)).toEqual([])
      expect(await store.files.listAlerts(runId)).toEqual([])
    })

    it('keep the first secret of addresses', async () => {
      expect(await store.files.urlKey()).toBeNull()
      await store.write((tx) => tx.files.keepUrlKey('first'))
      await store.write((tx) => tx.files.keepUrlKey('second'))
      expect(await store.files.urlKey()).toBe('first')
    })
  })

  describe('artifacts', () => {
    const collection = aCollection()
    const artifact = anArtifact({ collectionId: collection.id })

    async function stored(): Promise<void> {
      await store.write(async (tx) => {
        await tx.artifacts.insertCollection(collection)
        await tx.artifacts.insertArtifact(artifact)
      })
    }

    it('and collections come back as they were stored, after the database is opened again too', async () => {
      await stored()
      const full = anArtifact({
        collectionId: collection.id,
        state: 'committed',
        digest: 'other',
        description: 'd',
        metadata: '{"a": 1.0}',
        tags: ['t'],
        ttlSeconds: 3,
        historyStep: 2,
        sizeBytes: 2 ** 42,
        fileCount: 2,
        clientId: 'client',
        distributedId: 'shared',
        wantedAliases: ['best'],
        manifest: aBlob(),
      })
      await store.write((tx) => tx.artifacts.insertArtifact(full))
      const changed = { ...collection, tags: ['x'], nextVersion: 1, description: 'about' }
      await store.write((tx) => tx.artifacts.saveCollection(changed))

      const again = await contract.reopen()

      expect(await again.artifacts.findArtifacts([full.id, artifact.id])).toHaveLength(2)
      expect(await again.artifacts.findArtifacts([full.id])).toEqual([full])
      expect(await again.artifacts.findByClientId('client')).toEqual(full)
      expect(await again.artifacts.findCollection('default', collection.name)).toEqual(changed)
      expect(await again.artifacts.findCollections([collection.id])).toEqual([changed])
      expect(await again.artifacts.listCollections('default', 'model')).toEqual([changed])
      expect(await again.artifacts.listCollections('default', 'dataset')).toEqual([])
    })

    it('are found by digest when they are committed, by distributed id while they are not', async () => {
      await stored()
      const shared = anArtifact({ collectionId: collection.id, digest: 'x', distributedId: 'd' })
      await store.write((tx) => tx.artifacts.insertArtifact(shared))

      expect(await store.artifacts.findByDigest(collection.id, 'digest')).toBeNull()
      expect(await store.artifacts.findDistributed(collection.id, 'd')).toEqual(shared)
      const committed = { ...shared, state: 'committed' } as const
      await store.write((tx) => tx.artifacts.saveArtifact(committed))
      expect(await store.artifacts.findByDigest(collection.id, 'x')).toEqual(committed)
      expect(await store.artifacts.findDistributed(collection.id, 'd')).toBeNull()
      expect(await store.artifacts.listAbandoned(SOME_TIME + 1)).toEqual([artifact.id])
      expect(await store.artifacts.listAbandoned(SOME_TIME)).toEqual([])
    })

    it('have aliases that move, and numbers that are taken once', async () => {
      await stored()
      const second = anArtifact({ collectionId: collection.id })
      const member = (artifactId: ArtifactId, versionIndex: number) => ({
        collectionId: collection.id,
        artifactId,
        versionIndex,
        createdAt: SOME_TIME,
      })
      const alias = (name: string, artifactId: ArtifactId) => ({
        collectionId: collection.id,
        alias: name,
        artifactId,
      })
      await store.write(async (tx) => {
        await tx.artifacts.insertMembership(member(artifact.id, 0))
        await tx.artifacts.insertMembership(member(second.id, 1))
        await tx.artifacts.saveAliases([alias('latest', artifact.id), alias('best', artifact.id)])
        await tx.artifacts.saveAliases([alias('latest', second.id)])
        await tx.artifacts.deleteAliases([alias('best', second.id)])
      })

      const where = { collectionId: collection.id }
      expect(await store.artifacts.listAliases(where)).toEqual([
        alias('best', artifact.id),
        alias('latest', second.id),
      ])
      expect(await store.artifacts.listAliases({ artifactIds: [second.id] })).toHaveLength(1)
      expect(await store.artifacts.listMembers(collection.id)).toEqual([
        member(artifact.id, 0),
        member(second.id, 1),
      ])
      await expect(
        store.write((tx) => tx.artifacts.insertMembership(member('x' as ArtifactId, 1))),
      ).rejects.toThrow()
      await store.write((tx) => tx.artifacts.deleteMembership(collection.id, artifact.id))
      expect(await store.artifacts.listAliases(where)).toEqual([alias('latest', second.id)])
      expect(await store.artifacts.listMemberships([artifact.id, second.id])).toEqual([member(second.id, 1)])
    })

    it('have files and manifests, which go with them, and edges, which go with the run', async () => {
      await stored()
      const blob = aBlob()
      const manifest = {
        id: 'manif001',
        artifactId: artifact.id,
        kind: 'full',
        baseArtifactId: null,
        digest: '',
        blob: null,
        createdAt: SOME_TIME,
      } as const
      const files = ['../up', 'a', 'b'].map((path) => ({ artifactId: artifact.id, path, blob }))
      const edges = (['output', 'input'] as const).map((role) => ({
        artifactId: artifact.id,
        runId,
        role,
        at: SOME_TIME,
      }))
      const sent = { ...manifest, blob: aBlob() }
      await store.write(async (tx) => {
        await tx.artifacts.insertManifest(manifest)
        await tx.artifacts.saveManifest(sent)
        await tx.artifacts.saveFiles(files)
        await tx.artifacts.keepEdges(edges)
        await tx.artifacts.keepEdges(edges)
      })

      expect(await store.artifacts.findManifest(manifest.id)).toEqual(sent)
      expect(await store.artifacts.listManifests(artifact.id)).toEqual([sent])
      expect(await store.artifacts.listFiles(artifact.id)).toEqual(files)
      expect(await store.artifacts.listFiles(artifact.id, { after: '../up', limit: 1 })).toEqual([files[1]])
      expect(await store.artifacts.listFiles(artifact.id, { paths: ['b', 'c'] })).toEqual([files[2]])
      expect(await store.artifacts.countFiles(artifact.id)).toBe(3)
      expect(await store.artifacts.findFileByMd5(artifact.id, blob.md5)).toEqual(blob)
      expect(await store.artifacts.findFileByMd5(null, blob.md5)).toEqual(blob)
      expect(await store.artifacts.findFileByMd5('x' as ArtifactId, blob.md5)).toBeNull()
      expect(await store.artifacts.listEdges({ runId, role: 'input' })).toEqual([edges[1]])
      expect(await store.artifacts.listEdges({ artifactId: artifact.id, role: 'output' })).toEqual([edges[0]])
      await store.write((tx) => tx.deleteRuns([runId]))
      expect(await store.artifacts.listEdges({ artifactId: artifact.id, role: 'output' })).toEqual([])

      await store.write((tx) => tx.artifacts.deleteArtifacts([artifact.id, 'none' as ArtifactId]))
      expect(await store.artifacts.findArtifacts([artifact.id])).toEqual([])
      expect(await store.artifacts.listFiles(artifact.id)).toEqual([])
      expect(await store.artifacts.listManifests(artifact.id)).toEqual([])
      await store.write((tx) => tx.artifacts.deleteCollection(collection.id))
      expect(await store.artifacts.findCollections([collection.id, 'none' as CollectionId])).toEqual([])
    })

    it('name the content that must stay, as files of runs do', async () => {
      await stored()
      const [ofRun, ofFile, ofManifest, ofVersion, ofNobody] = [aBlob(), aBlob(), aBlob(), aBlob(), aBlob()]
      await store.write(async (tx) => {
        await tx.files.saveFiles([{ runId, name: 'a', blob: ofRun, updatedAt: SOME_TIME }])
        await tx.artifacts.saveFiles([{ artifactId: artifact.id, path: 'a', blob: ofFile }])
        await tx.artifacts.insertManifest({
          id: 'manif002',
          artifactId: artifact.id,
          kind: 'patch',
          baseArtifactId: artifact.id,
          digest: '',
          blob: ofManifest,
          createdAt: SOME_TIME,
        })
        await tx.artifacts.saveArtifact({ ...artifact, manifest: ofVersion })
      })

      const all = [ofRun, ofFile, ofManifest, ofVersion, ofNobody].map(({ hash }) => hash)
      expect(await store.files.namedBlobs(all)).toEqual(new Set(all.slice(0, 4)))
      expect(await store.files.namedBlobs([])).toEqual(new Set())
    })
  })
}
