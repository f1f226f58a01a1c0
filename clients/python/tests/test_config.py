"""What `config` holds, who wins, and what may be changed."""

import contextlib
import copy
import io
import pickle
import unittest

import sweep
from tests.support import TrainingCase


def frozen(values, **defaults):
    config = sweep.Config()
    config.update(defaults)
    config._freeze(values)
    return config


class ConfigTest(unittest.TestCase):
    def test_is_a_dict_with_attributes_and_dotted_names(self):
        config = frozen({"optimizer": {"lr": 0.1}}, epochs=3)
        self.assertEqual(config, {"epochs": 3, "optimizer": {"lr": 0.1}})
        self.assertEqual((config.epochs, config.optimizer.lr, config["optimizer.lr"]), (3, 0.1, 0.1))
        self.assertIn("optimizer.lr", config)
        self.assertNotIn("optimizer.momentum", config)
        self.assertEqual(config.get("none", 5), 5)

    def test_the_sweep_wins_over_the_defaults_without_an_error(self):
        config = frozen({"lr": 0.5, "optimizer": {"lr": 2}}, lr=0.1, optimizer={"lr": 1, "momentum": 0.9}, epochs=3)
        self.assertEqual(config, {"lr": 0.5, "epochs": 3, "optimizer": {"lr": 2, "momentum": 0.9}})

    def test_a_dotted_parameter_of_the_sweep_wins_over_the_scripts_group(self):
        config = frozen({"optimizer.lr": 2}, optimizer={"lr": 1})
        self.assertEqual((config["optimizer.lr"], config.optimizer.lr), (2, 2))

    def test_what_the_sweep_has_set_raises_on_a_silent_change(self):
        config = frozen({"lr": 0.5, "optimizer": {"name": "sgd"}})
        with self.assertRaisesRegex(sweep.ConfigError, r"config\['lr'\] is 0.5 by the sweep and was to become 0.1"):
            config.lr = 0.1
        with self.assertRaises(sweep.ConfigError):
            config.update({"lr": 0.1})
        with self.assertRaises(sweep.ConfigError):
            config["optimizer.name"] = "adam"
        with self.assertRaises(sweep.ConfigError):
            config.optimizer = {"name": "adam"}
        with self.assertRaises(sweep.ConfigError):
            del config["lr"]
        config.lr = 0.5  # the same value is no change
        self.assertEqual(config, {"lr": 0.5, "optimizer": {"name": "sgd"}})

    def test_an_explicit_update_beats_defaults_but_not_the_sweep(self):
        config = frozen({"lr": 0.5}, epochs=3)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            config.update({"lr": 0.1, "epochs": 9}, allow_val_change=True)
        self.assertEqual(config, {"lr": 0.5, "epochs": 9})
        self.assertIn("config['lr'] is 0.5 by the sweep, which stays", said.getvalue())
        config.update({"lr": 0.1}, True, epochs=10)
        self.assertEqual(config, {"lr": 0.5, "epochs": 10})

    def test_everything_else_may_be_changed(self):
        config = frozen({"lr": 0.5}, epochs=3)
        config.epochs += 1
        config["new"] = {"deep": 1}
        config.new.deep = 2
        config.setdefaults({"epochs": 99, "other": 7, "new": {"deep": 99, "more": 3}})
        self.assertEqual(config, {"lr": 0.5, "epochs": 4, "new": {"deep": 2, "more": 3}, "other": 7})
        self.assertEqual(config.pop("other"), 7)
        self.assertEqual(config.pop("other", None), None)

    def test_can_be_copied_and_sent_to_other_processes(self):
        config = frozen({"optimizer": {"lr": 0.1}})
        for other in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
            self.assertEqual(other.optimizer.lr, 0.1)
        self.assertIs(type(config.as_dict()["optimizer"]), dict)
        self.assertEqual(dict(**config), config.as_dict())

    def test_names_what_it_has_when_an_attribute_is_missing(self):
        with self.assertRaisesRegex(AttributeError, "no 'learning_rate'; it has: lr"):
            frozen({"lr": 1}).learning_rate
        self.assertFalse(hasattr(frozen({}), "lr"))


class ConfigOfARunTest(TrainingCase):
    def test_keeps_int_and_float_apart(self):
        self.config = {"int": 3, "float": 3.0, "flag": True, "none": None}
        self.assertEqual(
            self.evaluate(
                """
                import json, sweep
                config = sweep.init().config
                print(json.dumps({key: type(value).__name__ for key, value in config.items()}))
                """
            ),
            {"int": "int", "float": "float", "flag": "bool", "none": "NoneType"},
        )

    def test_takes_defaults_from_argparse(self):
        self.config = {"lr": 0.5}
        self.assertEqual(
            self.evaluate(
                """
                import argparse, json, sweep
                parser = argparse.ArgumentParser()
                parser.add_argument("--lr", type=float, default=0.1)
                parser.add_argument("--epochs", type=int, default=3)
                print(json.dumps(sweep.init(config=parser.parse_args([])).config))
                """
            ),
            {"lr": 0.5, "epochs": 3},
        )

    def test_tells_the_agent_what_the_sweep_did_not_set(self):
        self.config = {"lr": 0.5, "optimizer": {"name": "sgd"}}
        self.train_well(
            """
            import sweep
            sweep.init(config={"lr": 0.1, "epochs": 3, "optimizer": {"momentum": 0.9}}, tags=["a"])
            sweep.config.later = 1
            sweep.log({"loss": 1}, step=40)
            """
        )
        self.assertEqual(
            self.values(),
            {"_config": {"epochs": 3, "optimizer": {"momentum": 0.9}, "later": 1}, "_run": {"tags": ["a"]}},
        )

    def test_a_config_that_json_cannot_say_costs_no_other_value(self):
        result = self.train_well(
            """
            import sweep
            run = sweep.init(config={"odd": {(1, 2): 3}})
            sweep.log({"loss": 1})
            run.summary["note"] = "kept"
            """
        )
        self.assertEqual(self.values(), {"note": "kept"})
        self.assertIn("could not be written as JSON", result.err)

    def test_values_never_come_before_the_first_row(self):
        """Their step would be 0, and a resumed run would lose the history of its earlier attempts."""
        self.train_well(
            """
            import sweep, time
            run = sweep.init(config={"epochs": 3})
            run.summary["note"] = "early"
            time.sleep(0.2)
            sweep.log({"loss": 1}, step=40)
            """
        )
        with open(self.metrics_file, encoding="utf-8") as file:
            self.assertEqual(file.readline(), '{"step":40,"loss":1}\n')

    def test_a_config_that_cannot_be_read_ends_the_training(self):
        result = self.train("import sweep; sweep.init()", SWEEP_CONFIG_FILE=self.path("none.json"))
        self.assertEqual(result.code, 1)
        self.assertIn("the run's config cannot be read from SWEEP_CONFIG_FILE=", result.err)
