// The faults of the suite that are no kills, a few times each: messages, full disks, stopped and bad agents, signals,
// leaders cut off, failing calls.
import { isKill, testFaults } from './fault-tests.ts'

testFaults((id) => !isKill(id))
