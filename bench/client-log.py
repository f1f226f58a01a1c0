"""Times `sweep.log` of 10 keys: client-log.py CALLS WORK_MICROS. Prints microseconds as JSON; run by client.ts."""

import json
import sys
import time

import sweep

calls, work_seconds = int(sys.argv[1]), int(sys.argv[2]) / 1e6
sweep.init()
row = {"metric_%d" % index: index * 0.1 for index in range(10)}
sweep.log(row)  # the first call starts the writer
clock = time.perf_counter
times = []
for _ in range(calls):
    work_end = clock() + work_seconds
    while clock() < work_end:
        pass  # a training computes: a sleep would hand the interpreter to the writer
    before = clock()
    sweep.log(row)
    times.append(clock() - before)
times.sort()


def at(share):
    return times[min(calls - 1, int(calls * share))] * 1e6


print(json.dumps({"median": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1)}))
