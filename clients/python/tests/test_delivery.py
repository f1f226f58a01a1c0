"""Where reports go when the agent does not take them, and that none is delivered twice."""

import http.server
import json
import os
import threading
import unittest

from tests.support import TrainingCase

LOOP = """
    import os, sweep, time
    sweep.init()
    step = 0
    while not os.path.exists("end"):
        sweep.log({"loss": step})
        step += 1
        time.sleep(0.005)
    print(step)
    """


class SpoolTest(TrainingCase):
    def test_a_file_that_cannot_be_written_costs_one_warning(self):
        result = self.train_well(
            """
            import sweep, time
            sweep.init(config={"epochs": 3})
            for step in range(5):
                sweep.log({"loss": step})
                time.sleep(0.1)
            """,
            SWEEP_METRICS_FILE=self.path("no", "such", "folder", "metrics.jsonl"),
        )
        self.assertEqual(len(result.notes), 1, result.err)
        self.assertIn("the agent takes no reports now", result.err)
        header, rows, end = self.spooled()
        self.assertEqual([row["loss"] for row in rows if "loss" in row], [0, 1, 2, 3, 4])
        self.assertEqual((header["run_id"], header["attempt"], header["config"]), ("r7run000", 1, {"epochs": 3}))
        self.assertEqual((end["exit_code"], end["traceback"]), (0, None))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full here")
    def test_a_full_disk_costs_one_warning(self):
        result = self.train_well(
            "import sweep\nsweep.init()\nfor step in range(5): sweep.log({'loss': step})",
            SWEEP_METRICS_FILE="/dev/full",
        )
        self.assertEqual(len(result.notes), 1, result.err)
        self.assertEqual([row["loss"] for row in self.spooled()[1]], [0, 1, 2, 3, 4])

    def test_a_disk_that_fills_within_a_line_loses_and_repeats_nothing(self):
        """The kernel takes a part of the batch, then refuses; the line that was cut stands in the spool whole."""
        with open(self.metrics_file, "w", encoding="utf-8") as file:
            file.write("\n" * 4600)
        result = self.train_well(
            """
            import resource, sweep
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
            sweep.init()
            for step in range(60): sweep.log({"loss": step})
            """
        )
        with open(self.metrics_file, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(len(text), 5000)
        whole = [json.loads(line)["loss"] for line in text.split("\n")[4600:-1]]
        self.assertGreater(len(whole), 10)
        self.assertEqual(whole + [row["loss"] for row in self.spooled()[1]], list(range(60)), result.err)

    def test_a_line_that_was_cut_does_not_spoil_the_next_one(self):
        self.train_well(
            """
            import resource, sweep, time
            sweep.init()
            resource.setrlimit(resource.RLIMIT_FSIZE, (50, resource.RLIM_INFINITY))
            for step in range(9): sweep.log({"loss": step})
            time.sleep(0.3)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            sweep.log({"loss": 9})
            """
        )
        with open(self.metrics_file, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines.pop(2), '{"step":2,')
        self.assertEqual([json.loads(line)["loss"] for line in lines], list(range(10)))

    def test_a_disk_without_any_room_loses_reports_and_says_how_many(self):
        result = self.train_well(
            """
            import resource, sweep
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            sweep.init()
            for step in range(150): sweep.log({"loss": step, "accuracy": step})
            """
        )
        self.assertIn("sweep: 150 reports are lost", result.err)
        self.assertEqual((self.rows(), self.spools()), ([], []))

    def test_what_was_spooled_is_delivered_once_when_the_agent_takes_reports_again(self):
        blocked = self.path("agent-files")
        child = self.start(LOOP, SWEEP_METRICS_FILE=os.path.join(blocked, "metrics.jsonl"))
        self.wait_for("something is spooled", lambda: self.spools() and len(self.spooled()[1]) > 5)
        os.mkdir(blocked)
        self.metrics_file = os.path.join(blocked, "metrics.jsonl")
        self.wait_for("it is delivered", lambda: self.rows() and not self.spools())
        open(self.path("end"), "w").close()
        out, err = child.communicate(timeout=30)
        self.assertEqual(child.returncode, 0, err)
        self.assertEqual([row["loss"] for row in self.rows()], list(range(int(out))))
        self.assertEqual(self.spools(), [])

    def test_a_file_that_the_agent_removed_is_not_written_into_the_void(self):
        child = self.start(LOOP)
        self.wait_for("it reports", self.rows)
        before = len(self.rows())
        os.rename(self.metrics_file, self.path("taken"))
        os.unlink(self.path("taken"))
        self.wait_for("it writes a new file", self.rows)
        open(self.path("end"), "w").close()
        out, err = child.communicate(timeout=30)
        last = [row["loss"] for row in self.rows()]
        self.assertEqual(last, list(range(last[0], int(out))))
        self.assertGreaterEqual(last[0], before)

    def test_two_writers_have_spools_of_their_own(self):
        nowhere = self.path("no", "file")
        for loss in (1, 2):
            self.train_well("import sweep\nsweep.init()\nsweep.log({'loss': %d})" % loss, SWEEP_METRICS_FILE=nowhere)
        self.assertEqual(self.spools(), ["r7run000.2.jsonl", "r7run000.jsonl"])
        self.assertEqual([self.spooled(name)[1][0]["loss"] for name in self.spools()], [2, 1])


class PostTest(TrainingCase):
    def start_agent(self):
        """A real HTTP server that takes what the agent's takes."""
        bodies = []

        class Handler(http.server.BaseHTTPRequestHandler):
            status = 204

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if self.status == 204:
                    bodies.append((self.headers["Authorization"], self.path, body))
                self.send_response(self.status)
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def end():
            server.shutdown()
            thread.join()
            server.server_close()

        self.addCleanup(end)
        return "http://127.0.0.1:%d/report" % server.server_port, bodies, Handler

    def test_goes_to_the_report_url_where_there_is_no_file_to_write(self):
        url, bodies, _ = self.start_agent()
        result = self.train_well(
            "import sweep\nsweep.init()\nsweep.log({'loss': 1})\nsweep.log({'loss': 2})",
            SWEEP_METRICS_FILE=self.path("no", "file"),
            SWEEP_REPORT_URL=url,
        )
        self.assertEqual(bodies, [("Bearer " + "t" * 48, "/report", '{"step":0,"loss":1}\n{"step":1,"loss":2}')])
        self.assertEqual((result.notes, self.spools()), ([], []))

    def test_an_answer_of_500_costs_one_warning_and_everything_arrives_once_it_is_over(self):
        url, bodies, handler = self.start_agent()
        handler.status = 500
        child = self.start(LOOP, SWEEP_METRICS_FILE=self.path("no", "file"), SWEEP_REPORT_URL=url)
        self.wait_for("something is spooled", lambda: self.spools() and len(self.spooled()[1]) > 5)
        handler.status = 204
        self.wait_for("it is delivered", lambda: bodies and not self.spools())
        open(self.path("end"), "w").close()
        out, err = child.communicate(timeout=30)
        steps = [line.split('"loss":')[1][:-1] for _, _, body in bodies for line in body.split("\n")]
        self.assertEqual([int(step) for step in steps], list(range(int(out))))
        self.assertEqual(err.count("sweep: "), 1, err)

    def test_a_file_that_fails_later_is_not_followed_by_posts(self):
        """The agent takes a key from the first way that reports it: copies from another would be dropped."""
        url, bodies, _ = self.start_agent()
        self.train_well(
            """
            import os, resource, sweep, time
            sweep.init()
            sweep.log({"loss": 1})
            while not os.path.exists("agent-metrics.jsonl"): time.sleep(0.01)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            sweep.log({"loss": 2})
            sweep.run._finish(0, None)
            """,
            SWEEP_REPORT_URL=url,
        )
        self.assertEqual(bodies, [])
        self.assertEqual(self.rows(), [{"step": 0, "loss": 1}])


class OfflineTest(TrainingCase):
    def test_a_run_without_an_agent_is_kept_in_one_file(self):
        result = self.train_well(
            """
            import sweep
            run = sweep.init(project="digits", name="first", config={"lr": 0.1}, tags=["a"], notes="n", group="g")
            sweep.log({"loss": 1})
            assert run.mode == "offline" and run.sweep_id is None and run.attempt == 1
            """,
            has_agent=False,
        )
        (name,) = self.spools()
        header, rows, end = self.spooled(name)
        self.assertRegex(name, r"^[bcdfghjkmnpqrstvwxyz][0-9bcdfghjkmnpqrstvwxyz]{7}\.jsonl$")
        self.assertEqual(header["run_id"] + ".jsonl", name)
        facts = {key: header[key] for key in ("project", "name", "config", "tags", "notes", "group")}
        self.assertEqual(
            facts,
            {"project": "digits", "name": "first", "config": {"lr": 0.1}, "tags": ["a"], "notes": "n", "group": "g"},
        )
        self.assertEqual(rows[0], {"step": 0, "loss": 1})
        self.assertEqual((end["exit_code"], end["traceback"]), (0, None))
        self.assertEqual(len(result.notes), 1)

    def test_an_error_is_kept_with_the_end_of_its_traceback(self):
        result = self.train(
            """
            import sweep
            sweep.init()
            def deep(n):
                if n == 0: raise ValueError("no data")
                deep(n - 1)
            deep(30)
            """,
            has_agent=False,
        )
        self.assertEqual(result.code, 1)
        self.assertIn("ValueError: no data", result.err)  # Python's own message stays
        _, _, end = self.spooled(self.spools()[0])
        self.assertEqual(end["exit_code"], 1)
        lines = end["traceback"].split("\n")
        self.assertLessEqual(len(lines), 20)
        self.assertEqual(lines[-1], "ValueError: no data")

    def test_the_code_of_an_exit_is_kept(self):
        self.assertEqual(self.train("import sweep, sys\nsweep.init()\nsys.exit(3)", has_agent=False).code, 3)
        self.assertEqual(self.spooled(self.spools()[0])[2]["exit_code"], 3)

    def test_disabled_reports_nothing(self):
        self.train_well(
            "import sweep\nrun = sweep.init(mode='disabled')\nsweep.log({'loss': 1})\nsweep.finish()", has_agent=False
        )
        self.assertEqual(self.spools(), [])
        self.train_well("import sweep\nrun = sweep.init(mode='disabled')\nsweep.log({'loss': 1})")
        self.assertEqual(self.rows(), [])

    def test_online_without_an_agent_says_what_happens_instead(self):
        result = self.train_well("import sweep\nassert sweep.init(mode='online').mode == 'offline'", has_agent=False)
        self.assertIn("a run without an agent is kept offline", result.err)

    def test_the_trainings_random_numbers_are_left_alone(self):
        code = "import random\nrandom.seed(1)\n%s\nprint(random.random())"
        alone = self.train_well(code % "", has_agent=False).out
        self.assertEqual(self.train_well(code % "import sweep; sweep.init()", has_agent=False).out, alone)
