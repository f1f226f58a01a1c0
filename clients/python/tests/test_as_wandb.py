"""`sweep agent --as-wandb`: what a script finds behind `import wandb`."""

import os

from tests.support import CLIENT_FOLDER, TrainingCase

STAND_IN = os.path.join(CLIENT_FOLDER, "as-wandb")


class AsWandbTest(TrainingCase):
    def test_a_script_written_for_wandb_runs_unchanged(self):
        self.config = {"lr": 0.5}
        result = self.train_well(
            """
            import wandb

            run = wandb.init(project="p", config={"lr": 0.1, "epochs": 2})
            assert wandb.run is run and wandb.config.lr == 0.5
            for epoch in range(wandb.config.epochs):
                wandb.log({"loss": 1.0 / (epoch + 1), "image": wandb.Image([1])})
            wandb.summary["status"] = "done"
            wandb.finish()
            assert wandb.run is None
            """,
            PYTHONPATH=STAND_IN,
        )
        self.assertEqual([row["loss"] for row in self.rows() if "loss" in row], [1.0, 0.5])
        self.assertEqual(self.values()["status"], "done")
        self.assertFalse([note for note in result.notes if "stands in" in note or "W&B's in" in note])

    def test_libraries_find_what_they_look_for(self):
        self.train_well(
            """
            import importlib.util
            from importlib.metadata import version
            assert importlib.util.find_spec("wandb") is not None and version("wandb") == "0.99.0"
            import wandb
            from wandb.sdk.lib import RunDisabled  # as Lightning does
            from wandb.sdk.lib.disabled import RunDisabled as same
            from wandb.wandb_run import Run
            from wandb.sdk.wandb_run import Run as same_run
            from wandb.apis.public import Api
            from wandb.errors import CommError
            from wandb.util import generate_id
            wandb.require("service")
            run = wandb.init(mode="online")
            assert isinstance(run, Run) and same_run is Run and same is RunDisabled and Api is wandb.Api
            wandb.define_metric("*", step_metric="trainer/global_step", step_sync=True)
            wandb.run._label(code="transformers_trainer")
            wandb.config.update({"a": 1}, allow_val_change=True)
            assert len(generate_id()) == 8 and len(generate_id(12)) == 12
            """,
            PYTHONPATH=STAND_IN,
        )

    def test_a_real_wandb_that_is_hidden_is_named_once(self):
        os.makedirs(self.path("site", "wandb"))
        open(self.path("site", "wandb", "__init__.py"), "w").close()
        path = os.pathsep.join([STAND_IN, self.path("site")])
        result = self.train_well("import wandb\nimport wandb.util\nwandb.init()", PYTHONPATH=path)
        named = [note for note in result.notes if self.path("site", "wandb") in note]
        self.assertEqual(len(named), 1, result.err)

    def test_what_is_not_there_says_so(self):
        result = self.train("import wandb\nwandb.beta", PYTHONPATH=STAND_IN)
        self.assertIn("stands in for wandb, has no 'beta'", result.err)
