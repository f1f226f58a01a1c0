"""A script written for W&B, with `import sweep as wandb` as its only change."""

from tests.support import TrainingCase


class ShapeTest(TrainingCase):
    def test_a_usual_script_runs_unchanged(self):
        self.config = {"lr": 0.5}
        result = self.train_well(
            """
            import sweep as wandb
            from sweep import config as early

            def main():
                run = wandb.init(project="p", entity="e", job_type="train", config={"lr": 0.1, "epochs": 2},
                                 settings=wandb.Settings(start_method="thread"), reinit=True)
                assert wandb.run is run and wandb.config.lr == 0.5 and early.epochs == 2
                wandb.define_metric("val/*", step_metric="epoch")
                wandb.watch(object(), log="all")
                for epoch in range(wandb.config.epochs):
                    wandb.log({"epoch": epoch, "train": {"loss": 1.0 / (epoch + 1)}, "image": wandb.Image([1])})
                    wandb.log({"val/acc": epoch, "table": wandb.Table(columns=["a"])}, step=epoch, commit=True)
                wandb.run.summary["best"] = 1
                wandb.summary["worst"] = 0
                wandb.alert(title="Low", text="accuracy", level=wandb.AlertLevel.WARN)
                wandb.save("model.pt")
                artifact = wandb.Artifact("model", type="model")
                artifact.add_file("model.pt")
                wandb.log_artifact(artifact)
                wandb.finish()
                assert wandb.run is None
            wandb.login()
            main()
            """
        )
        numbers = {}
        for row in self.rows():
            numbers.update(row)
        self.assertEqual((numbers["train.loss"], numbers["val/acc"], numbers["best"], numbers["worst"]), (0.5, 1, 1, 0))
        self.assertEqual(self.values()["_alert"], "WARN: Low: accuracy")
        self.assertEqual(len(result.notes), len(set(result.notes)))
        self.assertIn("sweep: init() knows no entity, reinit, settings; they are ignored", result.notes)

    def test_a_run_tells_who_it_is(self):
        self.assertEqual(
            self.evaluate(
                """
                import json, os, sweep
                with sweep.init(name="n", project="p") as run:
                    assert os.path.isdir(run.dir)
                    print(json.dumps([run.id, run.name, run.project, run.sweep_id, run.url, run.dir, run.resumed]))
                """,
                SWEEP_ATTEMPT="2",
            ),
            ["r7run000", "n", "p", "s7sweep0", None, self.path("checkpoints"), True],
        )

    def test_a_second_init_gives_the_same_run(self):
        self.train_well(
            """
            import sweep
            run = sweep.init(config={"a": 1})
            assert sweep.init(config={"a": 2, "b": 2}) is run
            assert run.config == {"a": 1, "b": 2}
            """
        )

    def test_config_before_init_says_what_to_do(self):
        result = self.train("import sweep as wandb\nwandb.config.lr")
        self.assertIn("sweep.config is there after sweep.init(); call it first", result.err)

    def test_strict_mode_refuses_what_is_ignored_otherwise(self):
        for call in ("init(entity='e')", "log({'a': 1})", "watch(None)"):
            self.assertEqual(self.train("import sweep as wandb\nwandb." + call, SWEEP_STRICT="1").code, 1, call)
            self.assertEqual(self.train("import sweep as wandb\nwandb." + call).code, 0, call)
