"""Trainings for tests: real Python processes in a folder of their own, with the variables and files of an agent."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

CLIENT_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    @property
    def notes(self):
        """What the client said."""
        return [line for line in self.err.splitlines() if line.startswith("sweep: ")]


class TrainingCase(unittest.TestCase):
    """A test whose trainings run in `self.folder`."""

    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sweep-client-")
        self.addCleanup(temporary.cleanup)
        self.folder = os.path.realpath(temporary.name)
        self.metrics_file = self.path("agent-metrics.jsonl")
        self.control_file = self.path("agent-control.json")
        self.config = {}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def environment(self, has_agent=True, **more):
        values = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": CLIENT_FOLDER}
        values.update(PYTHONDONTWRITEBYTECODE="1", PYTHONWARNINGS="error::ResourceWarning")
        if has_agent:
            config_file = self.path("agent-config.json")
            with open(config_file, "w", encoding="utf-8") as file:
                json.dump(self.config, file)
            values.update(
                SWEEP_RUN_ID="r7run000",
                SWEEP_ID="s7sweep0",
                SWEEP_ATTEMPT="1",
                SWEEP_SEED="5",
                SWEEP_CONFIG_FILE=config_file,
                SWEEP_METRICS_FILE=self.metrics_file,
                SWEEP_CONTROL_FILE=self.control_file,
                SWEEP_CHECKPOINT_DIR=self.path("checkpoints"),
                SWEEP_RUN_TOKEN="t" * 48,
            )
        values.update(more)
        return {name: value for name, value in values.items() if value is not None}

    def start(self, code, has_agent=True, **more):
        """A training that goes on; ended by the test's end."""
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=self.folder,
            env=self.environment(has_agent, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

        def end():
            if child.poll() is None:
                child.kill()
                child.wait()
            child.stdout.close()
            child.stderr.close()

        self.addCleanup(end)
        return child

    def train(self, code, has_agent=True, **more):
        """A training from its start to its end."""
        child = self.start(code, has_agent, **more)
        out, err = child.communicate(timeout=60)
        return Result(child.returncode, out, err)

    def train_well(self, code, has_agent=True, **more):
        result = self.train(code, has_agent, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def evaluate(self, code, has_agent=True, **more):
        """What a training prints as JSON."""
        return json.loads(self.train_well(code, has_agent, **more).out)

    def rows(self):
        """The lines of the metrics file without what tells the config."""
        told = ("_config", "_run")
        rows = ({key: row[key] for key in row if key not in told} for row in read_lines(self.metrics_file))
        return [row for row in rows if len(row) > 1]

    def values(self):
        """The last of each value that is no number, as the agent keeps them."""
        kept = {}
        for row in read_lines(self.metrics_file):
            kept.update((key, value) for key, value in row.items() if type(value) not in (int, float))
        return kept

    def spools(self):
        folder = self.path(".sweep", "spool")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def spooled(self, name="r7run000.jsonl"):
        """(header, rows, how it ended or None) of a spool file."""
        lines = read_lines(self.path(".sweep", "spool", name)) or [{"kind": "run"}]  # it was made this moment
        rows = [line["row"] for line in lines[1:] if line["kind"] == "row"]
        ends = [line for line in lines if line["kind"] == "ended"]
        return lines[0], rows, ends[0] if ends else None

    def wait_for(self, what, probe, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            found = probe()
            if found:
                return found
            if time.monotonic() > deadline:
                self.fail("not within %d s: %s" % (seconds, what))
            time.sleep(0.01)


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file.read().splitlines() if line]
