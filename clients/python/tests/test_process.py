"""The process around a run: forks, ranks, signals, exits, the control file, and what an import costs."""

import json
import os
import signal
import subprocess
import sys
import unittest

from tests.support import CLIENT_FOLDER, TrainingCase


class ForkTest(TrainingCase):
    def test_forked_workers_report_nothing_a_second_time(self):
        result = self.train_well(
            """
            import multiprocessing, sweep
            def work(n):
                sweep.log({"worker": n})
                return n * sweep.config.factor
            if __name__ == "__main__":
                sweep.init(config={"factor": 2})
                for step in range(50): sweep.log({"loss": step})
                with multiprocessing.get_context("fork").Pool(3) as pool:
                    assert pool.map(work, range(6)) == [0, 2, 4, 6, 8, 10]
                sweep.log({"loss": 50})
            """
        )
        self.assertEqual([row["loss"] for row in self.rows()], list(range(51)))
        self.assertTrue(all("in a forked process is ignored" in note for note in result.notes), result.err)

    def test_a_fork_in_the_middle_of_writing_neither_hangs_nor_doubles(self):
        self.train_well(
            """
            import os, sweep
            sweep.init()
            for step in range(2000):
                sweep.log({"loss": step})
                if step % 100 == 0:
                    child = os.fork()
                    if child == 0:
                        sweep.log({"child": 1})
                        if step % 200 == 0: sweep.finish()
                        raise SystemExit(0)  # runs what is registered at exit
                    os.waitpid(child, 0)
            """
        )
        self.assertEqual([row["loss"] for row in self.rows()], list(range(2000)))

    def test_a_forked_process_that_calls_init_reports(self):
        self.train_well(
            """
            import os, sweep
            sweep.init()
            sweep.log({"parent": 1})
            child = os.fork()
            if child == 0:
                sweep.init()
                sweep.log({"child": 1})
                raise SystemExit(0)
            os.waitpid(child, 0)
            """
        )
        self.assertEqual(sorted(map(list, self.rows())), [["step", "child"], ["step", "parent"]])

    def test_a_worker_dies_by_sigterm_as_it_would_without_us(self):
        self.train_well(
            """
            import multiprocessing, sweep, time
            if __name__ == "__main__":
                sweep.init()
                for _ in range(30):  # some of them before the worker's first instruction
                    worker = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
                    worker.start()
                    worker.terminate()
                    worker.join(10)
                    assert worker.exitcode == -15, worker.exitcode
            """
        )


class RankTest(TrainingCase):
    def ranks_that_report(self, *environments, init="", **common):
        for number, environment in enumerate(environments):
            self.train_well(
                "import sweep\nassert sweep.init(%s).config.lr == 1\nsweep.log({'rank': %d})" % (init, number),
                **dict(common, **environment)
            )
        return [row["rank"] for row in self.rows()]

    def setUp(self):
        super().setUp()
        self.config = {"lr": 1}

    def test_rank_0_of_torchrun_reports_alone(self):
        self.assertEqual(
            self.ranks_that_report(*({"RANK": str(rank), "LOCAL_RANK": str(rank % 2)} for rank in range(4))), [0]
        )

    def test_rank_0_of_slurm_and_of_lightning_reports_alone(self):
        self.assertEqual(self.ranks_that_report(*({"SLURM_PROCID": str(rank)} for rank in range(3))), [0])
        self.assertEqual(self.ranks_that_report({"LOCAL_RANK": "1"}, {"NODE_RANK": "1", "LOCAL_RANK": "0"}), [0])

    def test_all_ranks_report_when_they_are_told_to(self):
        environments = [{"RANK": str(rank)} for rank in range(3)]
        self.assertEqual(self.ranks_that_report(*environments, init="all_ranks=True"), [0, 1, 2])

    def test_the_rank_of_the_agent_is_not_the_trainings(self):
        """`srun -n 4 sweep agent ID` starts four agents, whose trainings have nothing to do with each other."""
        agent = {"SLURM_PROCID": "3", "SLURM_STEP_ID": "0"}
        outer = "SLURM_PROCID=3,SLURM_STEP_ID=0"
        self.assertEqual(self.ranks_that_report(agent, SWEEP_OUTER_RANK=outer), [0])

    def test_a_training_that_starts_ranks_under_such_an_agent_reports_from_its_own_rank_0(self):
        own = ({"SLURM_PROCID": str(rank), "SLURM_STEP_ID": "1"} for rank in range(4))
        self.assertEqual(self.ranks_that_report(*own, SWEEP_OUTER_RANK="SLURM_PROCID=3,SLURM_STEP_ID=0"), [0])


class SignalTest(TrainingCase):
    def start_and_terminate(self, code, **more):
        child = self.start(code, **more)
        self.wait_for("it trains", lambda: os.path.exists(self.path("begun")))
        with open(self.control_file, "w", encoding="utf-8") as file:
            json.dump({"stop": "early", "reason": "hyperband step 9"}, file)
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=30)
        return child.returncode, out, err

    def test_sigterm_flushes_and_ends_the_process_by_that_signal(self):
        code, _, err = self.start_and_terminate(
            """
            import sweep, time
            run = sweep.init()
            sweep.log({"loss": 1})
            sweep.log({"last": 2}, commit=False)
            run.summary["note"] = "kept"
            open("begun", "w").close()
            while True: time.sleep(60)
            """
        )
        self.assertEqual(code, -signal.SIGTERM, err)
        rows = [row for row in self.rows() if "note" not in row]
        self.assertEqual(rows, [{"step": 0, "loss": 1}, {"step": 1, "last": 2}])
        self.assertEqual(self.values(), {"note": "kept"})

    def test_sigterm_ends_a_training_that_is_busy_logging_with_all_of_its_rows(self):
        code, _, err = self.start_and_terminate(
            """
            import sweep
            run = sweep.init()
            step = 0
            while True:
                sweep.log({"loss": step})
                run.summary["loss"]
                step += 1
                if step == 500: open("begun", "w").close()
            """
        )
        self.assertEqual(code, -signal.SIGTERM, err)
        losses = [row["loss"] for row in self.rows()]
        self.assertEqual(losses, list(range(len(losses))))

    def test_sigterm_in_the_middle_of_delivering_lets_that_end_first(self):
        result = self.train(
            """
            import os, signal, sweep, time
            run = sweep.init()
            with run._recorder.write_lock:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.05)
                open("went on", "w").close()
            sweep.log({"loss": 1})
            open("not reached", "w").close()
            """
        )
        self.assertEqual(result.code, -signal.SIGTERM, result.err)
        self.assertEqual([os.path.exists(self.path(name)) for name in ("went on", "not reached")], [True, False])
        self.assertEqual(self.rows(), [{"step": 0, "loss": 1}])

    def test_a_script_that_asks_should_stop_has_the_time_to_leave(self):
        code, out, err = self.start_and_terminate(
            """
            import sweep, time
            sweep.init()
            assert sweep.should_stop() is None
            open("begun", "w").close()
            while not sweep.should_stop(): time.sleep(0.01)
            time.sleep(0.3)  # saves its state
            sweep.log({"saved": 1})
            print(sweep.should_stop())
            """
        )
        self.assertEqual((code, out), (0, "hyperband step 9\n"), err)
        self.assertEqual(self.rows(), [{"step": 0, "saved": 1}])

    def test_so_has_a_rank_that_does_not_report(self):
        code, out, err = self.start_and_terminate(
            """
            import sweep, time
            sweep.init()
            sweep.should_stop()
            open("begun", "w").close()
            while not sweep.should_stop(): time.sleep(0.01)
            print("left")
            """,
            RANK="1",
        )
        self.assertEqual((code, out, self.rows()), (0, "left\n", []), err)

    def test_a_second_sigterm_ends_it_all_the_same(self):
        child = self.start(
            """
            import sweep, time
            sweep.init()
            sweep.should_stop()
            sweep.log({"loss": 1})
            open("begun", "w").close()
            while True:
                time.sleep(0.01)
                if sweep.should_stop(): open("heard", "w").close()
            """
        )
        for name in ("begun", "heard"):
            self.wait_for("it has " + name, lambda name=name: os.path.exists(self.path(name)))
            child.send_signal(signal.SIGTERM)
        child.communicate(timeout=30)
        self.assertEqual(child.returncode, -signal.SIGTERM)
        self.assertEqual(self.rows(), [{"step": 0, "loss": 1}])

    def test_a_handler_of_the_script_is_left_alone(self):
        code, _, err = self.start_and_terminate(
            """
            import signal, sweep, sys, time
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
            sweep.init()
            sweep.log({"loss": 1})
            open("begun", "w").close()
            while True: time.sleep(60)
            """
        )
        self.assertEqual((code, self.rows()), (7, [{"step": 0, "loss": 1}]), err)


class EndTest(TrainingCase):
    def test_a_script_that_does_not_finish_is_finished_at_its_exit(self):
        self.train_well("import sweep\nsweep.init()\nfor n in range(3000): sweep.log({'loss': n})")
        self.assertEqual([row["loss"] for row in self.rows()], list(range(3000)))

    def test_an_uncaught_exception_fails_the_process_and_leaves_the_end_of_its_traceback(self):
        result = self.train("import sweep\nsweep.init()\nsweep.log({'loss': 1})\nraise ValueError('no data')")
        self.assertEqual(result.code, 1)
        self.assertEqual(self.values()["_traceback"].split("\n")[-1], "ValueError: no data")
        self.assertIn("ValueError: no data", result.err)

    def test_so_does_one_that_leaves_a_with_block(self):
        result = self.train("import sweep\nwith sweep.init() as run:\n  run.log({'loss': 1})\n  1 / 0")
        self.assertEqual(result.code, 1)
        self.assertIn("ZeroDivisionError", self.values()["_traceback"])
        self.assertEqual(result.notes, [])

    def test_the_exit_code_is_the_scripts_own(self):
        result = self.train("import sweep, sys\nsweep.init()\nsweep.finish(exit_code=1)\nsys.exit(5)")
        self.assertEqual(result.code, 5)
        self.assertIn("end it with sys.exit(1)", result.err)

    def test_finish_gives_a_stuck_disk_no_more_than_five_seconds(self):
        result = self.train_well(
            """
            import os, sweep, time
            os.mkfifo("pipe")
            reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
            sweep.init()
            for step in range(20_000): sweep.log({"text": "x" * 100})
            time.sleep(0.5)
            began = time.monotonic()
            sweep.finish()
            print(time.monotonic() - began)
            """,
            SWEEP_METRICS_FILE="pipe",
        )
        self.assertLess(float(result.out), 6)
        self.assertIn("reports of the last moments are lost", result.err)


class ControlTest(TrainingCase):
    def test_should_stop_tells_the_reason_once_the_control_file_is_there(self):
        out = self.train_well(
            """
            import json, sweep, time
            sweep.init()
            print(sweep.should_stop())
            with open("agent-control.json", "w") as file: json.dump({"stop": "early", "reason": "too slow"}, file)
            began = time.monotonic()
            while sweep.should_stop() is None: time.sleep(0.01)
            print(sweep.should_stop(), time.monotonic() - began < 1)
            """
        ).out
        self.assertEqual(out, "None\ntoo slow True\n")

    def test_should_stop_costs_at_most_one_look_in_a_fifth_of_a_second(self):
        looks = self.evaluate(
            """
            import os, sweep, time
            sweep.init()
            looks, stat = [], os.stat
            os.stat = lambda *arguments, **options: looks.append(1) or stat(*arguments, **options)
            end = time.monotonic() + 0.5
            while time.monotonic() < end: sweep.should_stop()
            print(len(looks))
            """
        )
        self.assertIn(looks, (2, 3))


class ImportTest(unittest.TestCase):
    LAZY = ("json", "threading", "http.client", "socket", "subprocess", "logging", "traceback", "urllib.parse")

    def test_loads_nothing_that_takes_long_and_opens_no_socket(self):
        code = "import sys; before = set(sys.modules); import sweep; print(*sorted(set(sys.modules) - before))"
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": CLIENT_FOLDER}
        out = subprocess.check_output([sys.executable, "-S", "-c", code], env=environment, universal_newlines=True)
        loaded = out.split()
        self.assertIn("sweep", loaded)
        self.assertEqual([name for name in self.LAZY if name in loaded], [])
