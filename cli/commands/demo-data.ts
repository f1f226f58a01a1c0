// `sweep demo-data`: the earlier name of `sweep demo`, which never starts a server of its own.
import { createDemoCommand } from './demo.ts'

export const command = createDemoCommand({ name: 'demo-data', startsServer: false })
