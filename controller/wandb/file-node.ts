// The GraphQL type File: a file of a run, of an artifact, or a manifest. Its addresses are signed for who asks.
import { guessMimeType } from '../../sweeps/run-file.ts'
import type { Blob, RunFileRecord } from '../../sweeps/run-file.ts'
import type { ApiServices } from '../api-services.ts'
import type { FileTarget } from '../blobs/signed-url.ts'
import type { ArtifactFileRecord, ArtifactId } from '../../sweeps/artifact.ts'
import type { ArtifactNode } from './artifact-nodes.ts'
import { requireAccess } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { wandbTime } from './run-node.ts'

/** Parent of the type File. */
export interface FileNode {
  readonly id: string
  readonly name: string
  /** null: nothing of it has been uploaded. */
  readonly blob: Blob | null
  readonly target: FileTarget
  readonly updatedAt: number | null
  /** null: no upload is wanted, its content is here. */
  readonly wantsUpload: boolean
  readonly artifactId: ArtifactId | null
  /** Its content is kept elsewhere: there is no address of ours. @default false */
  readonly isReference?: boolean
}

export function runFileNode(file: RunFileRecord): FileNode {
  return {
    id: runFileId(file.runId, file.name),
    name: file.name,
    blob: file.blob,
    target: { kind: 'run-file', id: file.runId, name: file.name },
    updatedAt: file.updatedAt,
    wantsUpload: true,
    artifactId: null,
  }
}

export function artifactFileNode({ artifactId, path, blob }: ArtifactFileRecord): FileNode {
  return {
    id: Buffer.from(`ArtifactFile:v1:${artifactId}:${path}`).toString('base64'),
    name: path,
    blob,
    target: { kind: 'artifact-file', id: artifactId, name: path },
    updatedAt: null,
    wantsUpload: false,
    artifactId,
  }
}

/** Of an entry whose content is kept elsewhere: the client finds it by the manifest. */
export function referenceNode(artifactId: ArtifactId, path: string): FileNode {
  return { ...artifactFileNode({ artifactId, path, blob: NO_BLOB }), blob: null, isReference: true }
}
const NO_BLOB = { hash: '', sizeBytes: 0, md5: '' }

export function runFileId(runId: string, name: string): string {
  return Buffer.from(`RunFile:v1:${runId}:${name}`).toString('base64')
}

/** null: it is none of ours. */
export function parseRunFileId(id: string): { runId: string; name: string } | null {
  const [, runId, name] =
    /^RunFile:v1:([0-9a-z]{8}):([^]+)$/.exec(Buffer.from(id, 'base64').toString('utf8')) ?? []
  return runId === undefined || name === undefined ? null : { runId, name }
}

const TYPE_DEFS = `
  type File {
    id: ID!
    name: String!
    displayName: String!
    url(upload: Boolean): String
    directUrl: String!
    sizeBytes: Int64!
    storagePath: String
    mimetype: String
    updatedAt: DateTime
    digest: String
    "base64"
    md5: String
    uploadUrl: String
    uploadHeaders: [String!]!
    uploadMultipartUrls: UploadMultipartUrls
    artifact: Artifact
  }
  type UploadMultipartUrls { uploadID: ID! uploadUrlParts: [UploadUrlPart!]! }
  type UploadUrlPart { partNumber: Int64! uploadUrl: String! }
  type FileConnection { totalCount: Int! pageInfo: PageInfo! edges: [FileEdge!]! }
  type FileEdge { cursor: String! node: File }
`

/** By which the client knows that there is no such file. */
const NO_MD5 = '0'

export function createFilePart({ urls, store }: Pick<ApiServices, 'urls' | 'store'>): SchemaPart {
  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      File: {
        displayName: ({ name }: FileNode) => name,
        url: ({ target }: FileNode, { upload }: { upload?: boolean }, caller) => {
          if (upload === true) requireAccess(caller, 'work')
          return urls.sign(caller.baseUrl, upload === true ? 'put' : 'get', target)
        },
        directUrl: ({ target, isReference }: FileNode, _none, { baseUrl }) =>
          isReference === true ? '' : urls.sign(baseUrl, 'get', target),
        sizeBytes: ({ blob }: FileNode) => blob?.sizeBytes ?? 0,
        storagePath: ({ name }: FileNode) => name,
        mimetype: ({ name }: FileNode) => guessMimeType(name),
        updatedAt: ({ updatedAt }: FileNode) => (updatedAt === null ? null : wandbTime(updatedAt)),
        digest: ({ blob }: FileNode) => blob?.md5 ?? null,
        md5: ({ blob }: FileNode) => blob?.md5 ?? NO_MD5,
        uploadUrl: ({ target, wantsUpload }: FileNode, _none, caller) => {
          if (!wantsUpload) return null
          requireAccess(caller, 'work')
          return urls.sign(caller.baseUrl, 'put', target)
        },
        uploadHeaders: () => [],
        uploadMultipartUrls: () => null, // one request takes a file of any size
        artifact: async ({ artifactId }: FileNode): Promise<ArtifactNode | null> => {
          const [artifact] = artifactId === null ? [] : await store.artifacts.findArtifacts([artifactId])
          return artifact === undefined ? null : { artifact, entity: null }
        },
      },
    },
  }
}
