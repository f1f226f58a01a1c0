"""What speaks to the server, against one that answers from a table: requests, tokens, filters, orders, refusals.

test/integration/python-api.test.ts holds the same calls against a real controller.
"""

import http.server
import json
import os
import sys
import threading

from tests.support import TrainingCase


class Answers(http.server.BaseHTTPRequestHandler):
    def answer(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self.server.seen.append((self.command, self.path, body, self.headers.get("Authorization")))
        path = self.path.split("?")[0]
        nothing = {"error": {"code": "NOT_FOUND", "message": "no " + path, "hint": "See:  sweep ls"}}
        found = self.server.table.get((self.command, path), (404, nothing))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if callable(found):
            found = found(self.path)
        data = json.dumps(found[1]).encode()
        self.send_response(found[0])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *_arguments):
        pass


def run_facts(number, **more):
    facts = {
        "rank": None, "id": "r%07d" % number, "name": "run-%d" % number, "sweepId": "s7sweep0", "project": "p",
        "state": "finished", "config": {"lr": number / 10, "opt": {"name": "adam"}}, "value": number,
        "summary": {"loss": {"last": number, "min": 0, "max": "Infinity", "best": 0, "steps": 3}},
        "attempt": 1, "attempts": [], "createdAt": "2026-11-22T01:00:00.000Z",
        "startedAt": "2026-11-22T01:00:01.000Z", "finishedAt": None, "stopReason": None, "suggestedBy": None,
        "tags": ["a"] if number % 2 else [], "notes": "", "group": None, "jobType": None,
    }
    facts.update(more)
    return facts


class ServerCase(TrainingCase):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        self.server.table = {}
        self.server.seen = []
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def close():
            self.server.shutdown()
            self.server.server_close()
            thread.join()

        self.addCleanup(close)
        self.address = "http://127.0.0.1:%d" % self.server.server_address[1]

    def table(self, method, path, *answers):
        self.server.table[(method, "/api/v1" + path)] = [
            answer if callable(answer) or isinstance(answer, tuple) else (200, answer) for answer in answers
        ]

    def ask(self, code, **more):
        """What the code puts into `found`."""
        values = {"SWEEP_SERVER": self.address, "SWEEP_TOKEN": "t" * 48, "HOME": self.folder}
        values.update(more)
        return self.evaluate(code + "\nimport json\nprint(json.dumps(found))", has_agent=False, **values)

    def refusal(self, code, **more):
        more = dict({"SWEEP_SERVER": self.address, "SWEEP_TOKEN": "t" * 48, "HOME": self.folder}, **more)
        result = self.train(code, has_agent=False, **more)
        self.assertEqual(result.code, 1, result.out)
        return result.err.rstrip().split("\n")[-1]


class RequestTest(ServerCase):
    def test_a_request_carries_the_token_and_asks_for_what_is_meant(self):
        self.table("GET", "/sweeps", {"sweeps": []})
        self.assertEqual(self.ask("import sweep\nfound = sweep.Api().sweeps('team/p q')"), [])
        self.assertEqual(self.server.seen, [("GET", "/api/v1/sweeps?project=p+q", None, "Bearer " + "t" * 48)])

    def test_what_only_asks_is_tried_again(self):
        self.table("GET", "/sweeps", (503, {}), {"sweeps": []})
        self.assertEqual(self.ask("import sweep\nfound = sweep.Api().sweeps()"), [])
        self.assertEqual(len(self.server.seen), 2)

    def test_what_changes_something_is_not(self):
        self.table("GET", "/sweeps/s7", {"sweep": {"id": "s7sweep0", "project": "p"}})
        away = {"error": {"message": "the database is away", "hint": None}}
        self.table("POST", "/sweeps/s7sweep0/pause", (503, away))
        told = self.refusal("import sweep\nsweep.controller('s7').pause()")
        self.assertEqual(told, "sweep.ServerError: the database is away")
        self.assertEqual(len(self.server.seen), 2)

    def test_a_refusal_is_told_in_the_servers_words(self):
        told = self.refusal("import sweep\nsweep.Api().run('nobody')")
        self.assertEqual(told, "sweep.ServerError: no /api/v1/runs/nobody. See:  sweep ls")
        self.assertEqual(
            self.ask("import sweep\ntry: sweep.Api().run('x')\n"
                     "except sweep.CommError as e: found = [e.status, e.code]"),
            [404, "NOT_FOUND"],
        )

    def test_a_server_that_is_not_there_is_named(self):
        self.server.server_close()
        told = self.refusal("import sweep\nsweep._TRIES = 1\nsweep.Api().sweeps()")
        self.assertIn("the server %s is not reachable" % self.address, told)
        self.assertIn("SWEEP_SERVER", told)

    def test_a_page_of_another_program_is_no_answer(self):
        self.table("GET", "/sweeps", (200, None), (502, "gateway"))
        self.assertIn("is no sweep server", self.refusal("import sweep\nsweep.Api().sweeps()"))

    def test_the_token_is_found_where_the_command_finds_it(self):
        self.table("GET", "/sweeps", {"sweeps": []})
        code = "import sweep\nfound = sweep.Api().sweeps()"

        def shown(**more):
            self.server.seen.clear()
            self.ask(code, **dict({"SWEEP_TOKEN": None}, **more))
            return self.server.seen[0][3][len("Bearer "):]

        def put(text, *names):
            os.makedirs(os.path.dirname(self.path(*names)), exist_ok=True)
            with open(self.path(*names), "w") as file:
                file.write(text)
            return self.path(*names)

        self.assertIn("no token for " + self.address, self.refusal(code, SWEEP_TOKEN=None))
        put(json.dumps({"url": self.address.replace("127.0.0.1", "localhost"), "token": "s" * 48}),
            ".local", "state", "sweep", "up-1.json")
        self.assertEqual(shown(), "s" * 48)
        put("a" * 48 + "\n", ".sweep", "admin-token")
        self.assertEqual(shown(), "a" * 48)
        put("d" * 48, "data", "admin-token")
        self.assertEqual(shown(SWEEP_DATA=self.path("data")), "d" * 48)
        put(json.dumps({self.address: "c" * 48, "http://other": "x" * 48}), ".config", "sweep", "credentials")
        self.assertEqual(shown(SWEEP_DATA=self.path("data")), "c" * 48)
        self.assertEqual(shown(SWEEP_TOKEN_FILE=put("f" * 48 + "\n", "token")), "f" * 48)
        self.assertEqual(shown(SWEEP_TOKEN="e" * 48, SWEEP_TOKEN_FILE="/nowhere"), "e" * 48)
        self.assertIn("cannot read /nowhere", self.refusal(code, SWEEP_TOKEN=None, SWEEP_TOKEN_FILE="/nowhere"))


class RunsTest(ServerCase):
    def setUp(self):
        super().setUp()

        def page(path):
            query = dict(pair.split("=") for pair in path.split("?")[1].split("&"))
            offset, limit = int(query["offset"]), int(query["limit"])
            numbers = list(range(2500))
            if query.get("sort") == "-created":
                numbers.reverse()
            return 200, {"runs": [run_facts(number) for number in numbers[offset:offset + limit]], "total": 2500}

        self.table("GET", "/runs", page)

    def test_are_loaded_as_far_as_they_are_read(self):
        self.assertEqual(
            self.ask("import sweep\nruns = sweep.Api().runs('e/p')\nfound = [runs[0].id, runs[1400].id]"),
            ["r0000000", "r0001400"],
        )
        self.assertEqual(len(self.server.seen), 2)
        self.assertEqual(self.ask("import sweep\nruns = sweep.Api().runs('p')\nfound = [len(runs), runs[-1].id]"),
                         [2500, "r0002499"])
        self.assertEqual(self.ask("import sweep\nfound = next(iter(sweep.Api().runs('p', order='-created_at'))).id"),
                         "r0002499")

    def count(self, filters):
        return self.ask("import sweep\nfound = len(sweep.Api().runs('p', %r))" % (filters,))

    def test_filters_in_mongos_way(self):
        for filters, expected in (
            ({}, 2500),
            ({"state": "finished"}, 2500),
            ({"state": "crashed"}, 0),
            ({"tags": "a"}, 1250),
            ({"tags": {"$in": ["a", "b"]}}, 1250),
            ({"tags": {"$nin": ["a"]}}, 1250),
            ({"config.lr": {"$gte": 1, "$lt": 2}}, 10),
            ({"config.lr.value": 0.1}, 1),
            ({"config.opt.name": "adam", "display_name": "run-7"}, 1),
            ({"summary_metrics.loss": {"$lte": 4}}, 5),
            ({"summary_metrics.loss.max": {"$exists": True}}, 2500),
            ({"summary_metrics.acc": {"$exists": True}}, 0),
            ({"$or": [{"name": "r0000001"}, {"config.lr": {"$gt": 249.8}}]}, 2),
            ({"$and": [{"sweep": "s7sweep0"}, {"$nor": [{"tags": "a"}]}]}, 1250),
            ({"config.lr": {"$not": {"$gt": 0.05}}}, 1),
            ({"displayName": {"$regex": "^run-24..$"}}, 100),
            ({"state": {"$ne": "finished"}}, 0),
            ({"config.lr": {"$lt": "text"}}, 0),
        ):
            with self.subTest(filters):
                self.assertEqual(self.count(filters), expected)

    def test_orders_by_a_metric_or_a_setting(self):
        code = "import sweep\nfound = [r.id for r in sweep.Api().runs('p', {'config.lr': {'$lt': 0.25}}, %r)]"
        self.assertEqual(self.ask(code % "-summary_metrics.loss"), ["r0000002", "r0000001", "r0000000"])
        self.assertEqual(self.ask(code % "+config.lr.value"), ["r0000000", "r0000001", "r0000002"])

    def test_what_a_filter_cannot_say_is_refused_in_words(self):
        for filters, told in (
            ({"$where": "1"}, "filters know no $where"),
            ({"config.lr": {"$near": 1}}, "filters know no operator $near"),
            ({"shoe_size": 1}, "'shoe_size' is no field of a run"),
            ("state:finished", "filters are a dict"),
        ):
            self.assertIn(told, self.refusal("import sweep\nlen(sweep.Api().runs('p', %r))" % (filters,)))


class RunTest(ServerCase):
    def setUp(self):
        super().setUp()
        self.table("GET", "/runs/r0000003", {"run": run_facts(3, values={"status": "done"})})
        rows = [
            {"attempt": 1, "step": step, "time": "2026-11-22T01:00:%02d.500Z" % (step + 1), "metrics": {"loss": step}}
            for step in range(40)
        ]
        rows.append({"attempt": 1, "step": 39, "time": "2026-11-22T01:00:59.000Z", "metrics": {"acc": "NaN"}})
        self.table("GET", "/runs/r0000003/metrics", {"rows": rows})

    def test_tells_what_it_is(self):
        self.assertEqual(
            self.ask(
                "import sweep\nr = sweep.Api().run('e/p/runs/r0000003')\n"
                "found = [r.id, r.state, r.config, r.summary['loss'], str(r.summary['loss.max']), r.summary['status'],"
                "dict(r.summary.items()), r.path, r.url]"
            ),
            ["r0000003", "finished", {"lr": 0.3, "opt": {"name": "adam"}}, 3, "inf", "done",
             {"loss": 3, "status": "done"}, ["sweep", "p", "r0000003"], self.address + "/s/s7sweep0/r/r0000003"],
        )

    def test_history(self):
        rows = self.ask(
            "import sweep\nr = sweep.Api().run('r0000003')\n"
            "found = [r.history(samples=5, pandas=False), list(r.scan_history(['loss'], min_step=38)),"
            "r.lastHistoryStep, [str(row['acc']) for row in r.scan_history(['acc'])]]"
        )
        self.assertEqual([row["_step"] for row in rows[0]], [0, 10, 20, 29, 39])
        self.assertEqual((rows[0][1]["_runtime"], rows[0][1]["loss"]), (10.5, 10))
        self.assertEqual(rows[1:], [[{"loss": 38}, {"loss": 39}], 39, ["nan"]])

    def test_update_sends_name_tags_and_notes(self):
        self.table("PATCH", "/runs/r0000003", {"run": run_facts(3)})
        self.ask("import sweep\nr = sweep.Api().run('r0000003')\n"
                 "r.tags.append('x')\nr.notes = 'n'\nr.update()\nfound = 1")
        self.assertEqual(self.server.seen[-1][2], {"name": "run-3", "tags": ["a", "x"], "notes": "n"})

    def test_of_another_project_is_not_given(self):
        told = self.refusal("import sweep\nsweep.Api().run('other/r0000003')")
        self.assertIn("is not in the project other, but in p", told)

    def test_says_who_reads_files(self):
        self.assertIn("read by W&B's own client", self.refusal("import sweep\nsweep.Api().run('r0000003').files()"))


class SweepTest(ServerCase):
    def setUp(self):
        super().setUp()
        facts = {"id": "s7sweep0", "name": "n", "project": "p", "state": "running", "method": "grid", "size": 9,
                 "runCap": 4, "metric": {"name": "loss", "goal": "minimize"}, "url": "u", "counts": {}}
        self.table("GET", "/sweeps/s7sweep0", {"sweep": facts, "configValues": {"method": "grid"}})
        self.table("POST", "/sweeps/s7sweep0/stop", {"sweep": dict(facts, state="stopped"), "changed": True})
        self.found = "import sweep\ns = sweep.Api().sweep('e/p/s7sweep0')\n"

    def test_tells_what_it_is_and_is_controlled(self):
        self.assertEqual(
            self.ask(self.found + "found = [s.config, s.state, s.expected_run_count, s.order, s.stop().state]"),
            [{"method": "grid"}, "running", 4, "+summary_metrics.loss", "stopped"],
        )

    def test_the_best_run_is_the_servers_or_none(self):
        self.table("GET", "/sweeps/s7sweep0/best", {"runs": [run_facts(3)]}, {"runs": []})
        self.assertEqual(self.ask(self.found + "found = [s.best_run(include_running=True).id, s.best_run()]"),
                         ["r0000003", None])
        self.assertIn("/best?n=1&include=running", self.server.seen[1][1])

    def test_the_best_run_by_another_metric(self):
        runs = [run_facts(1, state="failed"), run_facts(2), run_facts(3), run_facts(4, summary={})]
        self.table("GET", "/sweeps/s7sweep0/runs", {"runs": runs, "total": 4})
        self.assertEqual(self.ask(self.found + "found = [s.best_run(order='-summary_metrics.loss').id,"
                                  "s.best_run(order='+summary_metrics.nothing')]"), ["r0000003", None])

    def test_a_configuration_is_enqueued_with_its_numbers_as_they_are(self):
        self.table("POST", "/sweeps/s7sweep0/enqueue", {"enqueued": [{"runId": "r1"}], "known": []},
                   {"enqueued": [], "known": [{"runId": "r2"}]})
        found = self.ask(self.found + "found = [s.enqueue_run({'n': 1, 'x': 1.0}), s.enqueue_run({})]")
        self.assertEqual(found, ["r1", "r2"])
        self.assertEqual(self.server.seen[1][2], {"text": '{"n": 1, "x": 1.0}'})

    def test_filters_of_the_server_are_passed_on(self):
        self.table("GET", "/sweeps/s7sweep0/runs", {"runs": [], "total": 0})
        self.ask(self.found + "found = len(s.runs.where('lr<0.1 state:failed'))")
        self.assertIn("where=lr%3C0.1+state%3Afailed", self.server.seen[-1][1])


class MakingTest(ServerCase):
    CREATED = {"id": "s7sweep0", "url": "u", "warnings": [{"path": "a", "message": "odd", "hint": "Mend it."}]}

    def test_a_dict_becomes_a_sweep_whose_program_is_this_script(self):
        self.table("POST", "/sweeps", self.CREATED)
        with open(self.path("train.py"), "w") as file:
            file.write("import json, sweep\n"
                       "config = {'method': 'random', 'parameters': {'a': {'values': [1, 1.0]}}}\n"
                       "print(json.dumps(sweep.sweep(config, project='p')))")
        found = self.ask("import subprocess, sys\n"
                         "found = subprocess.run([sys.executable, 'train.py', '--x', '1'],"
                         "stdout=subprocess.PIPE, check=True).stdout.decode().strip()")
        self.assertEqual(found, '"s7sweep0"')
        body = self.server.seen[0][2]
        self.assertEqual(body["project"], "p")
        self.assertEqual(
            json.loads(body["text"]),
            {"method": "random", "parameters": {"a": {"values": [1, 1.0]}},
             "command": ["${env}", "${interpreter}", "train.py", "--x", "1"]},
        )
        self.assertIn("1.0", body["text"])

    def test_a_program_of_its_own_is_kept(self):
        self.table("POST", "/sweeps", self.CREATED)
        self.ask("import sweep\nfound = sweep.sweep(lambda: {'method': 'grid', 'program': 'x.py'})")
        self.assertEqual(json.loads(self.server.seen[0][2]["text"]), {"method": "grid", "program": "x.py"})

    def test_prior_runs_are_given_by_their_ids(self):
        self.table("POST", "/sweeps", self.CREATED)
        self.ask("import sweep\nclass R: id = 'r2'\nfound = sweep.sweep({'program': 'x'}, prior_runs=['r1', R()])")
        self.assertEqual(self.server.seen[0][2]["priorRuns"], ["r1", "r2"])

    def test_inside_of_a_run_nothing_is_created(self):
        found = self.ask("import sweep\nfound = [sweep.sweep({}), sweep.sweep({})]", SWEEP_RUN_ID="r7", SWEEP_ID="s9",
                         SWEEP_MADE_HERE="s8")
        self.assertEqual(found, ["s8", "s9"])
        self.assertEqual(self.server.seen, [])


class AgentTest(ServerCase):
    def setUp(self):
        super().setUp()
        self.table("GET", "/resolve/s7", {"kind": "sweep", "id": "s7sweep0", "name": "n"})
        # Stands for `sweep agent`: runs what it is given in place of the command, as a run.
        with open(self.path("agent.py"), "w") as file:
            file.write(
                "import json, os, subprocess, sys\n"
                "print(json.dumps(sys.argv[1:4] + sys.argv[4:6]))\n"
                "words = json.loads(sys.argv[sys.argv.index('--command') + 1])\n"
                "sys.stdout.flush()\n"
                "sys.exit(subprocess.call(words, env=dict(os.environ, SWEEP_RUN_ID='r1', SWEEP_ID='s7sweep0')))\n"
            )

    def work(self, script):
        with open(self.path("script.py"), "w") as file:
            file.write(script)
        more = {"SWEEP_SERVER": self.address, "SWEEP_TOKEN": "t" * 48, "HOME": self.folder,
                "SWEEP_COMMAND": "%s %s" % (sys.executable, self.path("agent.py"))}
        return self.train(
            "import subprocess, sys\nsys.exit(subprocess.call([sys.executable, 'script.py']))",
            has_agent=False, **more)

    def test_the_function_is_called_in_a_fresh_process(self):
        result = self.work(
            "import os, sys, sweep\n"
            "print('imported', __name__)\n"
            "def train():\n    print('trains', os.getpid() != int(os.environ['MADE_BY']), __name__)\n"
            "if __name__ == '__main__':\n"
            "    os.environ['MADE_BY'] = str(os.getpid())\n"
            "    sys.stdout.flush()\n"
            "    print('left', sweep.agent('e/p/s7', train, count=3))\n"
        )
        self.assertEqual(
            result.out.split("\n"),
            ["imported __main__", '["agent", "s7sweep0", "--slots", "1", "--count"]', "imported __mp_main__",
             "trains True __mp_main__", "left 0", ""],
            result.err,
        )

    def test_a_script_without_the_main_guard_is_run_up_to_the_call(self):
        result = self.work("import sys, sweep\nx = 5\ndef train():\n    print('trains', x)\n"
                           "sys.stdout.flush()\nsweep.agent('s7', train)\nprint('once')\n")
        self.assertEqual(result.out.split("\n")[1:], ["trains 5", "once", ""], result.err)

    def test_a_function_without_a_name_is_refused_in_words(self):
        with open(self.path("cloudpickle.py"), "w") as file:
            file.write("raise ImportError('not installed')")
        result = self.work("import sweep\nif __name__ == '__main__':\n    sweep.agent('s7', lambda: None)\n")
        self.assertIn("define it at the top level of a file", result.err)

    def test_a_function_that_fails_fails_its_process(self):
        result = self.work("import sweep\ndef train():\n    raise ValueError('no data')\n"
                           "if __name__ == '__main__':\n    print('left', sweep.agent('s7', train))\n")
        self.assertIn("ValueError: no data", result.err)
        self.assertIn("left 1", result.out)

    def test_the_command_is_looked_for(self):
        told = self.refusal("import os, sweep\nsweep.__file__ = '/x/sweep.py'\nsweep.agent('s7')", PATH="/nowhere")
        self.assertIn("SWEEP_COMMAND", told)


class FilesTest(TrainingCase):
    def test_files_and_artifacts_are_told_and_not_copied(self):
        self.train_well(
            """
            import os, sweep
            open("a.txt", "w").write("abc")
            os.makedirs("data/inner")
            open("data/inner/b.txt", "w").write("b")
            with sweep.init() as run:
                assert run.save("*.txt") == ["a.txt"]
                assert sweep.save("model.pt") == ["model.pt"]
                artifact = sweep.Artifact("set", type="dataset", metadata={"n": 1})
                artifact.add_dir("data")
                artifact.add_file("a.txt", name="first.txt")
                artifact.add_reference("s3://bucket/x")
                assert run.log_artifact(artifact, aliases=["v"]).wait() is artifact
                sweep.log_artifact("a.txt", name="one", type="file")
                assert list(run.summary.keys()) == []
            """
        )
        values = self.values()
        self.assertEqual(values["_files"], {
            "a.txt": {"path": self.path("a.txt"), "bytes": 3}, "model.pt": {"path": self.path("model.pt")}})
        self.assertEqual(values["_artifacts"]["set"], {
            "type": "dataset", "aliases": ["v"], "metadata": {"n": 1},
            "files": {"inner/b.txt": {"path": self.path("data", "inner", "b.txt"), "bytes": 1},
                      "first.txt": {"path": self.path("a.txt"), "bytes": 3}, "s3://bucket/x": {"path": "s3://bucket/x"}},
        })
        self.assertEqual(sorted(values["_artifacts"]), ["one", "set"])
