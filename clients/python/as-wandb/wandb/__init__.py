"""Stands in for wandb where `sweep agent --as-wandb` has put it: every name is sweep's own client's.

For machines without wandb, and for libraries that import it by themselves (Lightning, Transformers). What the client
does not do, it says (clients/python/README.md).
"""

import importlib.machinery
import importlib.util
import os
import sys

__version__ = "0.99.0"

_HERE = os.path.dirname(os.path.abspath(__file__))


def _load_client():
    """The module `sweep`: that which is imported already, the one beside this folder, else one that is installed."""
    if "sweep" in sys.modules and hasattr(sys.modules["sweep"], "should_stop"):
        return sys.modules["sweep"]
    path = os.path.join(_HERE, "..", "..", "sweep.py")
    if not os.path.exists(path):
        import sweep

        return sweep
    spec = importlib.util.spec_from_file_location("sweep", os.path.normpath(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules["sweep"] = module
    spec.loader.exec_module(module)
    return module


def _tell_of_real_one(client):
    own = os.path.dirname(_HERE)
    others = [path for path in sys.path if os.path.abspath(path or ".") != own]
    found = importlib.machinery.PathFinder.find_spec("wandb", others)
    if found is not None and found.origin is not None:
        text = "import wandb gives sweep's client, by --as-wandb, and not W&B's in %s"
        client._note("real wandb", text % os.path.dirname(found.origin))


_client = _load_client()
_tell_of_real_one(_client)
__all__ = ["init", "log", "finish", "config", "summary", "run", "define_metric", "Api", "agent", "sweep", "controller",
           "alert", "AlertLevel", "save", "log_artifact", "Artifact", "login", "Settings", "Image", "Table", "watch"]


def require(*_requirements):
    """Nothing is required here."""


def termlog(string="", *_arguments, **_options):
    sys.stderr.write("wandb: %s\n" % (string,))


termwarn = termerror = termlog


def __getattr__(name):
    """`wandb.run`, `wandb.config` and the like change with init: each is asked for when it is needed."""
    if name.startswith("__"):
        raise AttributeError("module 'wandb' has no attribute %r" % name)
    try:
        return getattr(_client, name)
    except AttributeError:
        raise AttributeError("sweep's client, which stands in for wandb, has no %r; W&B's own client can be used with "
                             "this server, without --as-wandb" % name) from None
