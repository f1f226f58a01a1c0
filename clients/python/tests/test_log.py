"""What `log`, `summary` and `define_metric` write into the metrics file."""

import unittest

import sweep
from tests.support import CLIENT_FOLDER, TrainingCase, read_lines


class LogTest(TrainingCase):
    def log(self, *calls):
        return self.train_well("import sweep\nsweep.init()\n" + "\n".join("sweep.log(%s)" % call for call in calls))

    def test_counts_the_step_up_and_keeps_types(self):
        self.log('{"loss": 1, "acc": 0.5, "flag": True, "note": "a"}', '{"loss": 2.0}')
        with open(self.metrics_file, encoding="utf-8") as file:
            self.assertEqual(
                file.read(), '{"step":0,"loss":1,"acc":0.5,"flag":true,"note":"a"}\n{"step":1,"loss":2.0}\n'
            )

    def test_flattens_nested_dicts_with_dots(self):
        self.log('{"val": {"loss": 1, "top": {"1": 0.5, 5: 0.9}}}')
        self.assertEqual(self.rows(), [{"step": 0, "val.loss": 1, "val.top.1": 0.5, "val.top.5": 0.9}])

    def test_takes_the_number_out_of_tensors_arrays_and_decimals(self):
        self.train_well(
            """
            import decimal, fractions, sweep
            class Tensor:  # of one element, as numpy's and torch's
                def item(self): return 0.25
            class Float(float): pass
            sweep.init()
            sweep.log({"a": Tensor(), "b": decimal.Decimal("0.5"), "c": fractions.Fraction(3, 4), "d": Float(1.5)})
            """
        )
        self.assertEqual(self.rows(), [{"step": 0, "a": 0.25, "b": 0.5, "c": 0.75, "d": 1.5}])

    def test_takes_the_values_as_they_are_at_the_call(self):
        self.train_well(
            """
            import sweep
            sweep.init()
            row = {"loss": 1, "deep": {"x": 1}, "list": [1]}
            sweep.log(row)
            row["loss"] = row["deep"]["x"] = 2
            row["list"].append(2)
            """
        )
        self.assertEqual(self.rows(), [{"step": 0, "loss": 1, "deep.x": 1, "list": [1]}])

    def test_keeps_nan_and_infinities(self):
        self.log('{"a": float("nan"), "b": float("inf"), "c": float("-inf")}')
        with open(self.metrics_file, encoding="utf-8") as file:
            self.assertEqual(file.read(), '{"step":0,"a":NaN,"b":Infinity,"c":-Infinity}\n')

    def test_ignores_what_is_no_number_or_text_with_one_warning(self):
        result = self.log('{"image": object(), "loss": 1}', '{"picture": object(), "none": None}', '{"loss": 2}')
        self.assertEqual(self.rows(), [{"step": 0, "loss": 1}, {"step": 2, "loss": 2}])
        self.assertEqual(len(result.notes), 1, result.err)

    def test_never_raises(self):
        result = self.log("None", "[1]", '"text"', '{"loss": 1}', '{"x": 1}, step="no"', '{"big": 10 ** 5000}')
        self.assertEqual(self.rows(), [{"step": 0, "loss": 1}, {"step": 1, "x": 1}])
        self.assertTrue(result.notes)

    def test_a_mistake_raises_in_strict_mode(self):
        for call in ("None", '{"a": object()}', '{"a": 1}, step="no"'):
            result = self.train("import sweep\nsweep.init()\nsweep.log(%s)" % call, SWEEP_STRICT="1")
            self.assertEqual(result.code, 1, call)
            self.assertIn("SweepError", result.err)

    def test_the_step_may_repeat_and_jump(self):
        self.log('{"a": 1}, step=5', '{"b": 2}, step=5', '{"a": 3}, step=5', '{"a": 4}, step=100', '{"a": 5}')
        points = [(row["step"], key, row[key]) for row in self.rows() for key in row if key != "step"]
        self.assertEqual(points, [(5, "a", 1), (5, "b", 2), (5, "a", 3), (100, "a", 4), (101, "a", 5)])

    def test_a_step_that_goes_back_is_kept_with_one_warning(self):
        result = self.log('{"a": 1}, step=5', '{"a": 2}, step=3', '{"a": 3}, step=2', '{"a": 4}')
        self.assertEqual([row["step"] for row in self.rows()], [5, 3, 2, 6])
        self.assertEqual(len(result.notes), 1)
        self.assertIn("step 3 comes after step 5; it is kept", result.err)

    def test_the_step_comes_from_the_data_as_in_a_printed_line(self):
        self.log('{"a": 1, "step": 7}', '{"a": 2, "_step": 9}', '{"a": 3, "global_step": 20}', '{"a": 4}')
        self.assertEqual(
            self.rows(),
            [{"step": 7, "a": 1}, {"step": 9, "a": 2}, {"step": 20, "a": 3, "global_step": 20}, {"step": 21, "a": 4}],
        )

    def test_without_commit_it_waits_for_the_next_call(self):
        self.log('{"a": 1}, commit=False', '{"b": 2}', '{"c": 3}, step=8, commit=False', '{"d": 4}, step=9',
                 '{"e": 5}, commit=False')
        self.assertEqual(
            self.rows(), [{"step": 0, "a": 1, "b": 2}, {"step": 8, "c": 3}, {"step": 9, "d": 4}, {"step": 10, "e": 5}]
        )

    def test_reports_within_moments_not_at_the_end(self):
        child = self.start("import sweep, time\nsweep.init()\nsweep.log({'loss': 1})\ntime.sleep(60)")
        self.wait_for("the row is there", lambda: self.rows() == [{"step": 0, "loss": 1}])
        self.assertIsNone(child.poll())

    def test_takes_reports_from_many_threads(self):
        self.train_well(
            """
            import sweep, threading
            sweep.init()
            def work(name):
                for _ in range(500): sweep.log({name: 1})
            threads = [threading.Thread(target=work, args=("t%d" % n,)) for n in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            """
        )
        rows = self.rows()
        self.assertEqual(sorted(row["step"] for row in rows), list(range(2000)))
        self.assertEqual(sum("t3" in row for row in rows), 500)

    def test_a_finished_run_leaves_no_thread_behind(self):
        self.train_well(
            """
            import sweep, threading, time
            for _ in range(5):
                sweep.init(); sweep.log({"a": 1}); sweep.finish()
                sweep._last_run.config["late"] = 1  # starts nothing
            end = time.monotonic() + 10
            while threading.active_count() > 1 and time.monotonic() < end: time.sleep(0.01)
            assert threading.active_count() == 1, threading.enumerate()
            """
        )

    def test_after_finish_a_new_init_goes_on_with_the_next_step(self):
        result = self.train_well(
            """
            import sweep
            sweep.init(); sweep.log({"a": 1}); sweep.finish()
            sweep.log({"lost": 1})
            sweep.init(); sweep.log({"a": 2})
            """
        )
        self.assertEqual(self.rows(), [{"step": 0, "a": 1}, {"step": 1, "a": 2}])
        self.assertEqual(result.notes, ["sweep: sweep.log() without a run is ignored; call sweep.init() first"])


class SummaryTest(TrainingCase):
    def test_reads_last_min_max_and_mean_of_every_metric(self):
        self.assertEqual(
            self.evaluate(
                """
                import json, sweep
                run = sweep.init()
                for loss in (3, 1, 2, float("nan"), 2): sweep.log({"loss": loss})
                print(json.dumps([run.summary[name] for name in ("loss", "loss.min", "loss.max", "loss.mean")]))
                """
            ),
            [2, 1, 3, 2.0],
        )

    def test_define_metric_chooses_what_the_summary_shows(self):
        self.assertEqual(
            self.evaluate(
                """
                import json, sweep
                run = sweep.init()
                sweep.define_metric("loss", summary="min")
                sweep.define_metric("val.*", summary="best", goal="maximize")
                sweep.define_metric("time", summary="mean")
                for value in (2, 1, 3): sweep.log({"loss": value, "val": {"acc": value}, "time": value, "x": value})
                print(json.dumps(dict(run.summary.items())))
                """
            ),
            {"loss": 1, "val.acc": 3, "time": 2.0, "x": 3},
        )
        self.assertEqual(self.rows()[-1], {"step": 2, "time.mean": 2.0})

    def test_a_step_metric_is_added_to_rows_that_lack_it(self):
        self.train_well(
            """
            import sweep
            sweep.init()
            epoch = sweep.define_metric("epoch")
            sweep.define_metric("val_*", step_metric=epoch)
            sweep.log({"epoch": 3}); sweep.log({"val_loss": 1}); sweep.log({"loss": 2})
            """
        )
        self.assertEqual(
            self.rows(), [{"step": 0, "epoch": 3}, {"step": 1, "val_loss": 1, "epoch": 3}, {"step": 2, "loss": 2}]
        )

    def test_numbers_that_are_set_are_metrics_and_texts_are_values(self):
        self.assertEqual(
            self.evaluate(
                """
                import json, sweep
                run = sweep.init()
                sweep.log({"loss": 1})
                run.summary["best_acc"] = 0.9
                run.summary.update({"note": "good", "deep": {"x": 1}})
                sweep.summary.loss = 0.5
                before = run.summary["loss"]
                sweep.log({"loss": 2})
                print(json.dumps([before, run.summary["loss"], run.summary["best_acc"], "none" in run.summary]))
                """
            ),
            [0.5, 2, 0.9, False],
        )
        self.assertEqual(self.values(), {"note": "good"})
        numbers = {}
        for row in self.rows():
            numbers.update(row)
        self.assertEqual((numbers["best_acc"], numbers["deep.x"]), (0.9, 1))

    def test_a_summary_without_any_row_is_reported_at_the_end(self):
        self.train_well("import sweep\nsweep.init().summary['acc'] = 0.9")
        self.assertEqual(self.rows(), [{"step": 0, "acc": 0.9}])


class BacklogTest(unittest.TestCase):
    def fill(self, count, limit=1024, row=lambda step: {"loss": step}):
        backlog = sweep._Backlog(limit)
        for step in range(count):
            backlog.append((float(step), step, row(step)))
        return backlog

    def test_never_holds_more_than_its_limit(self):
        backlog = self.fill(20_000)
        self.assertLessEqual(len(backlog.records), 1024)
        self.assertEqual(backlog.dropped_count + len(backlog.records), 20_000)

    def test_thins_out_the_oldest_and_keeps_the_newest(self):
        steps = [step for _, step, _ in self.fill(3000).take()]
        self.assertEqual(steps[-256:], list(range(2744, 3000)))
        for start in range(0, 3000, 250):  # thinner, not gone
            self.assertGreater(sum(start <= step < start + 250 for step in steps), 5, start)
        self.assertEqual(steps, sorted(steps))

    def test_keeps_the_lowest_highest_and_newest_of_each_key_that_it_drops(self):
        def row(step):
            values = {"loss": 1.0}
            if step in (10, 11):
                values["peak"] = 99 if step == 10 else -99
            if step < 40:
                values.update(rare=step, text="t%d" % step)
            return values

        taken = self.fill(5000, row=row).take()
        summary = {}
        for _, _, values in taken:
            for key, value in values.items():
                summary.setdefault(key, []).append(value)
        self.assertEqual((max(summary["peak"]), min(summary["peak"])), (99, -99))
        self.assertEqual((summary["rare"][0], summary["rare"][-1], summary["text"][-1]), (0, 39, "t39"))

    def test_gives_what_it_holds_in_portions(self):
        backlog = self.fill(10)
        self.assertEqual([step for _, step, _ in backlog.take(4)], [0, 1, 2, 3])
        self.assertEqual([step for _, step, _ in backlog.take()], [4, 5, 6, 7, 8, 9])
        self.assertEqual(backlog.take(), [])

    def test_is_bounded_in_a_training_whose_writer_is_stuck(self):
        """A reader that takes nothing: the metrics file is a pipe that is full."""
        case = TrainingCase()
        case.setUp()
        self.addCleanup(case.doCleanups)
        result = case.train(
            """
            import os, sweep
            os.mkfifo("pipe")
            reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
            run = sweep.init()
            for step in range(200_000): sweep.log({"loss": step, "text": "x" * 40})
            print(len(run._recorder.backlog.records), run._recorder.backlog.records[-1][1], flush=True)
            os._exit(0)
            """,
            SWEEP_METRICS_FILE="pipe",
        )
        count, newest = map(int, result.out.split())
        self.assertLessEqual(count, 65536)
        self.assertEqual(newest, 199_999)


class ContractTest(unittest.TestCase):
    def test_the_readmes_example_runs(self):
        import re

        with open(CLIENT_FOLDER + "/README.md", encoding="utf-8") as file:
            code = re.search(r"```python\n(.*?)```", file.read(), re.S).group(1)
        case = TrainingCase()
        case.setUp()
        self.addCleanup(case.doCleanups)
        case.config = {"lr": 0.5, "epochs": 2}
        case.train_well("def train(lr): return lr\n" + code)
        self.assertEqual([row["val_loss"] for row in read_lines(case.metrics_file)[:2]], [0.5, 0.5])
