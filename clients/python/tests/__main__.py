"""`python3 -m tests`: runs every test and prints one line of JSON for each, for the project's own test runner.

With --list, prints the names alone. `python3 -m unittest discover -t . -s tests` is the same for people.
"""

import json
import os
import sys
import unittest


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


class Lines(unittest.TestResult):
    def report(self, test, outcome, text=""):
        print(json.dumps({"id": test.id(), "outcome": outcome, "text": text}), flush=True)

    def addSuccess(self, test):
        self.report(test, "passed")

    def addSkip(self, test, reason):
        self.report(test, "skipped", reason)

    def addFailure(self, test, error):
        self.report(test, "failed", self._exc_info_to_string(error, test))

    addError = addFailure


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    found = unittest.defaultTestLoader.discover(here, top_level_dir=os.path.dirname(here))
    if "--list" in sys.argv:
        for test in flatten(found):
            print(json.dumps({"id": test.id()}))
    else:
        found.run(Lines())
