"""The Python client of sweep: what a training script imports to read its config and to report.

    import sweep                                       # or: import sweep as wandb

    run = sweep.init(config={"lr": 1e-3, "epochs": 20})  # defaults: the sweep's values win
    for epoch in range(run.config.epochs):
        sweep.log({"val_loss": train(run.config.lr), "epoch": epoch})
        if sweep.should_stop():
            break
    sweep.finish()

The training comes first: no call but a mistaken change of a sweep's parameter raises (all mistakes do with
SWEEP_STRICT=1), `log` does no I/O, and what cannot be delivered is kept in ./.sweep/spool.

One file and the standard library alone, Python 3.8 and newer, so that it can be copied beside a script; that is why
it is long. From top to bottom: messages, Config, the rows that wait (_Backlog), where they go (_Delivery), Summary,
what is between a call and the agent (_Recorder), Run, the module's functions, the hooks into the interpreter. Modules
that take long to import are imported where they are used. The environment that is read and the lines that are written
are the contract of docs/reporting.md.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import time
from collections import deque

__version__ = "0.1.0"

# ------------------------------------------------------------------------------------------------------- messages


class SweepError(Exception):
    """A mistake in the use of this module; says what was found and what to do."""


class ConfigError(SweepError):
    """A value that the sweep has set was about to be changed."""


Error = UsageError = CommError = SweepError  # the names under which scripts for W&B catch them

_noted = set()


def _note(key, text):
    """One line on stderr, once for each key: the training goes on."""
    if key in _noted:
        return
    _noted.add(key)
    try:
        sys.stderr.write("sweep: " + text.replace("\n", " ") + "\n")
        sys.stderr.flush()
    except Exception:
        pass  # nobody reads stderr


def _mistake(key, text):
    """A note; with SWEEP_STRICT=1 an error."""
    if os.environ.get("SWEEP_STRICT", "") not in ("", "0"):
        raise SweepError(text)
    _note(key, text)


# --------------------------------------------------------------------------------------------------------- config


class Config(dict):
    """A run's config: a dict whose keys are attributes too, and `config["a.b"]` is `config.a.b`.

    What the sweep has set stays as it is: another value for it raises ConfigError; with `allow_val_change=True` it is
    noted and the sweep's value stays. Everything else may be changed at any time. An int stays an int.
    """

    _frozen = frozenset()  # the sweep's keys on this level
    _on_change = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)  # pickle and copy ask for methods that a dict does not have
        try:
            return self[name]
        except KeyError:
            raise AttributeError("the config has no %r; it has: %s" % (name, ", ".join(map(str, self)))) from None

    def __setattr__(self, name, value):
        if name in ("_frozen", "_on_change"):
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __missing__(self, key):
        head, dot, rest = key.partition(".") if isinstance(key, str) else (key, "", "")
        if dot and isinstance(dict.get(self, head), Config):
            return dict.__getitem__(self, head)[rest]
        raise KeyError(key)

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __setitem__(self, key, value):
        self._put(key, value, False)

    def __delitem__(self, key):
        if key in self._frozen:
            raise ConfigError("config[%r] was set by the sweep and cannot be removed" % (key,))
        dict.__delitem__(self, key)
        self._changed()

    def update(self, values=None, allow_val_change=False, **more):
        """Sets several values: `update({"a": 1})`, `update(b=2)`; allow_val_change as W&B has it."""
        for key, value in dict(_as_dict(values), **more).items():
            self._put(key, value, bool(allow_val_change))

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def setdefaults(self, defaults):
        """Sets the values that are not set yet."""
        for key, value in _as_dict(defaults).items():
            if key not in self or isinstance(value, dict):
                self._default(key, value)

    def pop(self, key, *default):
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        key = next(reversed(list(self)))
        return key, self.pop(key)

    def clear(self):
        for key in list(self):
            del self[key]

    def as_dict(self):
        """A plain copy."""
        return {key: value.as_dict() if isinstance(value, Config) else value for key, value in self.items()}

    def copy(self):
        return self.as_dict()

    def _default(self, key, value):
        mine = dict.get(self, key)
        if isinstance(mine, Config) and isinstance(value, dict):
            mine.setdefaults(value)
        elif key not in self:
            self[key] = value

    def _put(self, key, value, allow):
        if isinstance(key, str) and key not in dict.keys(self):
            head, dot, rest = key.partition(".")
            if dot and isinstance(dict.get(self, head), Config):
                return dict.__getitem__(self, head)._put(rest, value, allow)
        mine = dict.get(self, key)
        if isinstance(mine, Config) and isinstance(value, dict):
            for inner, inner_value in value.items():
                mine._put(inner, inner_value, allow)
            return None
        if key in self._frozen and not _is_same(mine, value):
            text = "config[%r] is %r by the sweep" % (key, mine)
            if not allow:
                raise ConfigError(text + " and was to become %r; remove the assignment, or the parameter" % (value,))
            _note("config " + str(key), text + ", which stays: the sweep chose it")
            return None
        if isinstance(value, dict):
            group = Config()
            group._on_change = self._changed
            for inner, inner_value in value.items():
                group._put(inner, inner_value, allow)
            value = group
        dict.__setitem__(self, key, value)
        return self._changed()

    def _changed(self):
        if self._on_change is not None:
            self._on_change()

    def __getstate__(self):
        return {}  # a copy in another process reports nothing and freezes nothing

    def _freeze(self, values):
        """Sets the sweep's values over everything, groups merged, and keeps them."""
        for key, value in values.items():
            head, dot, rest = key.partition(".")
            if dot and isinstance(dict.get(self, head), Config) and rest in dict.get(self, head):
                dict.__getitem__(self, head)._freeze({rest: value})  # the script writes as a group what the sweep dots
            if isinstance(value, dict):
                if not isinstance(dict.get(self, key), Config):
                    dict.__setitem__(self, key, Config())
                dict.__getitem__(self, key)._freeze(value)
            else:
                dict.__setitem__(self, key, value)
                self._frozen = self._frozen | {key}


def _is_same(one, other):
    try:
        return bool(one == other)
    except Exception:
        return False


def _as_dict(values):
    """What `init(config=)` and `update` take: a mapping, pairs, a Namespace of argparse, a path of a JSON file."""
    if values is None:
        return {}
    if isinstance(values, dict):
        return values
    if isinstance(values, (str, os.PathLike)):
        import json

        try:
            with open(values, encoding="utf-8") as file:
                return dict(json.load(file))
        except (OSError, ValueError, TypeError) as error:
            _mistake("config file", "the config file %s is not read: %s; give a dict" % (values, error))
            return {}
    if hasattr(values, "keys") or isinstance(values, (list, tuple)):
        return dict(values)
    if hasattr(values, "__dict__"):
        return {name: value for name, value in vars(values).items() if not name.startswith("_")}
    raise SweepError("a config is a dict, found %s" % type(values).__name__)


# ----------------------------------------------------------------------------------------------- what was reported

_MAX_DEPTH = 16
_MAX_LIST = 1000


def _snapshot(row, key, value, depth=0):
    """Puts into `row` what can be kept of `value`, as it is now: the caller may change its own afterwards."""
    if type(key) is not str:
        key = str(key)
    if value is None:
        return
    if value is True or value is False:
        row[key] = value
    elif isinstance(value, float):
        row[key] = float(value)
    elif isinstance(value, int):
        row[key] = int(value)
    elif isinstance(value, str):
        row[key] = str(value)
    elif isinstance(value, dict):
        if depth >= _MAX_DEPTH:
            return _ignore(key, "a dict nested deeper than %d" % _MAX_DEPTH)
        for inner, inner_value in value.items():
            _snapshot(row, "%s.%s" % (key, inner), inner_value, depth + 1)
    elif isinstance(value, (list, tuple)):
        if len(value) > _MAX_LIST or not all(item is None or isinstance(item, (float, int, str)) for item in value):
            return _ignore(key, "a list that is long or holds other than numbers and texts")
        row[key] = list(value)
    else:
        number = None if isinstance(value, (bytes, bytearray)) else _as_number(value)
        if number is None:
            return _ignore(key, "of type %s" % type(value).__name__)
        row[key] = number


def _as_number(value):
    """The number in a 0-d tensor or array, a Decimal, a Fraction; None if it is none."""
    try:
        take = getattr(value, "item", None)
        number = take() if callable(take) else float(value)
    except Exception:
        return None
    return number if isinstance(number, (float, int)) else None


def _take_step(row):
    """The step that the data itself gives, out of the row; None without one."""
    for name in ("step", "_step", "global_step"):
        step = row.get(name)
        if type(step) is int or type(step) is float and step - step == 0:  # finite
            if name != "global_step":  # which is a metric too: scripts for W&B chart by it
                del row[name]
            return step
    return None


def _checked_step(step):
    number = step if isinstance(step, (int, float)) else _as_number(step)
    if number is None or number - number != 0:
        _mistake("step", "log(step=%r): a step is a finite number; the next one is taken" % (step,))
        return None
    return float(number) if isinstance(number, float) else int(number)


def _ignore(key, what):
    _mistake("ignored value", "%r is not reported: it is %s; log numbers, texts, or dicts of them. " % (key, what)
             + "Others like it are ignored without a word")


class _Backlog:
    """Records (time, step, row) that wait for the writer; at most `limit` of them.

    Beyond the limit the oldest thin out first: every second record of a window that moves from the oldest to the
    newest and starts again. Of what is dropped, each key's lowest, highest and newest value is kept, so that min, max,
    best and last stay right. The caller holds the run's lock.
    """

    WINDOW = 256  # records looked at in one call: 0.1 ms with 10 keys

    def __init__(self, limit=65536):
        self.limit = limit
        self.dropped_count = 0
        self.clear()

    def clear(self):
        self.records = []
        self.extremes = {}  # key -> [lowest, highest, newest], each (time, step, value) or None
        self.window_start = 0

    def append(self, record):
        self.records.append(record)
        if len(self.records) > self.limit:
            self.thin()

    def thin(self):
        start = self.window_start
        if start + 2 * self.WINDOW > len(self.records):
            start = 0  # the newest stay whole
        window = slice(start, start + self.WINDOW, 2)
        for record in self.records[window]:
            self.keep_extremes(record)
            self.dropped_count += 1
        del self.records[window]
        self.window_start = start + self.WINDOW // 2

    def keep_extremes(self, record):
        at, step, row = record
        extremes = self.extremes
        for key, value in row.items():
            kept = extremes.get(key)
            if kept is None:
                kept = extremes[key] = [None, None, None]
            if kept[2] is None or at >= kept[2][0]:
                kept[2] = (at, step, value)
            if type(value) is float or type(value) is int:
                if value == value and (kept[0] is None or value < kept[0][2]):
                    kept[0] = (at, step, value)
                if value == value and (kept[1] is None or value > kept[1][2]):
                    kept[1] = (at, step, value)

    def take(self, count=None):
        """The oldest `count` records (all by default) in order, with what was kept of dropped ones among them."""
        taken = self.records[:count]
        del self.records[:count]
        self.window_start = max(0, self.window_start - len(taken))
        if self.extremes:
            taken += self.take_extremes(taken[-1][0] if self.records else float("inf"))
            taken.sort(key=lambda record: record[0])
        return taken

    def take_extremes(self, until):
        """As records, those that are not newer; the others wait for their turn."""
        found = {}
        for key, kept in list(self.extremes.items()):
            for index, place in enumerate(kept):
                if place is not None and place[0] <= until:
                    at, step, value = place
                    found.setdefault((at, step), {})[key] = value
                    kept[index] = None
            if not any(kept):
                del self.extremes[key]
        return [(at, step, row) for (at, step), row in found.items()]


# ------------------------------------------------------------------------------------------------------- delivery

_RETRY_SECONDS = 1.0
_POST_BYTES = 1 << 20
_POST_SECONDS = 5.0


class _Delivery:
    """Takes encoded rows to the agent: into the metrics file, or to the report URL where the file cannot be written.

    While neither works, and always in a run without an agent, rows go into a spool file of this writer's own; what
    stands there is delivered first when the agent's way works again. What the spool cannot take either waits in
    memory, the newest 65,536 rows of it. Not safe for threads: the run's write lock is held.
    """

    def __init__(self, metrics_file, report_url, token, spool_folder, run_id, header):
        self.metrics_file = metrics_file
        self.report_url = report_url
        self.token = token
        self.spool_folder = spool_folder
        self.run_id = run_id
        self.header = header  # callable: the dict that describes the run, the first line of its spool
        self.has_agent = bool(metrics_file or report_url)
        self.way = None  # "file" or "http" once one has worked: the agent drops copies that come another way
        self.waiting = deque(maxlen=65536)  # (time, text of the row)
        self.spool = None  # path of the spool file, once there is one
        self.lost_count = 0
        self.retry_at = 0.0
        self.error = None  # why the agent's way does not work
        self.descriptor = None
        self.is_torn = False  # the metrics file ends within a line

    @property
    def is_away(self):
        """Something waits for the agent's way to work again."""
        return self.has_agent and (self.spool is not None or bool(self.waiting))

    def deliver(self, lines):
        """Delivers, or keeps."""
        now = time.monotonic()
        self.lost_count += max(0, len(self.waiting) + len(lines) - self.waiting.maxlen)
        self.waiting.extend(lines)
        if self.has_agent and now >= self.retry_at:
            if self.spool is not None:
                self.deliver_spooled()
            if self.spool is None:
                self.keep_rest(self.send(list(self.waiting)))
            self.retry_at = now + _RETRY_SECONDS if self.is_away else 0.0
        if self.waiting:
            self.keep_rest(self.write_spool(list(self.waiting)))
        if self.error is not None:
            kept = self.spool or "memory"
            _note("away", "the agent takes no reports now (%s); they go to %s until it does" % (self.error, kept))

    def keep_rest(self, rest):
        self.waiting.clear()
        self.waiting.extend(rest)

    def send(self, lines):
        """Returns the lines that did not go."""
        rest = lines
        if rest and self.metrics_file and self.way != "http":
            rest = self.append_to_file(rest)
        if rest and self.report_url and self.way != "file":
            rest = self.post(rest)
        if not rest:
            self.error = None
        return rest

    def append_to_file(self, lines):
        try:
            if self.descriptor is not None and os.fstat(self.descriptor).st_nlink == 0:
                self.close()  # the agent has removed it: what goes there is read by nobody
            if self.descriptor is None:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
                self.descriptor = os.open(self.metrics_file, flags, 0o600)
        except OSError as error:
            self.error = error
            return lines
        data = [text.encode("utf-8", "replace") + b"\n" for _, text in lines]
        if self.is_torn:
            data[0] = b"\n" + data[0]
        written, self.error = _write_all(self.descriptor, b"".join(data))
        if written:
            self.way = "file"
            self.is_torn = False
        for index, piece in enumerate(data):
            if written < len(piece):
                self.is_torn = self.is_torn or written > 0
                return lines[index:]
            written -= len(piece)
        return []

    def post(self, lines):
        import http.client
        import urllib.parse

        address = urllib.parse.urlsplit(self.report_url)
        headers = {"Authorization": "Bearer " + (self.token or ""), "Content-Type": "application/json"}
        rest = list(lines)
        try:
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=_POST_SECONDS)
            try:
                while rest:
                    count = size = 0
                    while count < len(rest) and (count == 0 or size + len(rest[count][1]) < _POST_BYTES):
                        size += len(rest[count][1])
                        count += 1
                    body = "\n".join(text for _, text in rest[:count]).encode("utf-8", "replace")
                    connection.request("POST", address.path or "/", body, headers)
                    response = connection.getresponse()
                    response.read()
                    if response.status >= 300:
                        raise OSError("HTTP %d from %s" % (response.status, self.report_url))
                    self.way = "http"
                    del rest[:count]
            finally:
                connection.close()
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.error = error
        return rest

    def write_spool(self, lines):
        """Returns the lines that could not be kept there."""
        text = "".join('{"kind":"row","at":%d,"row":%s}\n' % (at * 1000, row) for at, row in lines)
        try:
            if self.spool is None:
                path = self.create_spool()
                text = _encode_json(self.header()) + "\n" + text
            else:
                path = self.spool
            self.append_to_spool(path, text)
            self.spool = path
            return []
        except OSError as error:
            _note("spool", "%s cannot be written (%s); the newest reports wait in memory" % (self.spool_folder, error))
            return lines

    def create_spool(self):
        """A new file RUN.jsonl, or RUN.2.jsonl and on where that is another writer's."""
        os.makedirs(self.spool_folder, exist_ok=True)
        number = 1
        while True:
            suffix = "" if number == 1 else ".%d" % number
            path = os.path.join(self.spool_folder, "%s%s.jsonl" % (self.run_id, suffix))
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                return path
            except FileExistsError:
                number += 1

    @staticmethod
    def append_to_spool(path, text):
        """All of the text, or none of it: a line is never half there."""
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            size = os.fstat(descriptor).st_size
            _, error = _write_all(descriptor, text.encode("utf-8", "replace"))
            if error is not None:
                os.ftruncate(descriptor, size)
                if size == 0:
                    os.unlink(path)
                raise error
        finally:
            os.close(descriptor)

    def deliver_spooled(self):
        """Sends what was spooled; the spool then holds what did not go, or is gone."""
        import json

        try:
            with open(self.spool, encoding="utf-8") as file:
                kept = [json.loads(line) for line in file]
            lines = [(item["at"] / 1000, _encode_json(item["row"])) for item in kept if item["kind"] == "row"]
            rest = self.send(lines)
            if len(rest) < len(lines) or not lines:
                os.unlink(self.spool)
                self.spool = None
                self.waiting.extendleft(reversed(self.write_spool(rest) if rest else []))
        except (OSError, ValueError) as error:
            _note("spool read", "%s cannot be delivered (%s); it stays as it is" % (self.spool, error))

    def write_end(self, end):
        """The last line of a spool: how the process ended."""
        if self.spool is None:
            return
        try:
            self.append_to_spool(self.spool, _encode_json(end) + "\n")
        except OSError as error:
            _note("spool", "%s cannot be written (%s)" % (self.spool, error))

    def close(self):
        if self.descriptor is not None:
            descriptor, self.descriptor = self.descriptor, None
            try:
                os.close(descriptor)
            except OSError:
                pass


def _write_all(descriptor, data):
    """Returns (bytes written, the error that ended it or None)."""
    written = 0
    view = memoryview(data)
    while written < len(data):
        try:
            written += os.write(descriptor, view[written:])
        except OSError as error:
            return written, error
    return written, None


_encoder = None


def _encode_json(value):
    """Compact JSON with Python's bare NaN and Infinity; what JSON cannot say becomes its text."""
    global _encoder
    if _encoder is None:
        import json

        _encoder = json.JSONEncoder(separators=(",", ":"), default=str)
    return _encoder.encode(value)


# -------------------------------------------------------------------------------------------------------- summary

_SUMMARIES = ("last", "min", "max", "mean", "best", "none", "copy")


class _Fold:
    """Last, least, greatest and mean of one metric; NaN counts in `last` alone."""

    __slots__ = ("last", "min", "max", "sum", "count")

    def __init__(self):
        self.last = self.min = self.max = None
        self.sum = 0.0
        self.count = 0

    def add(self, value):
        self.last = value
        if type(value) is bool or not isinstance(value, (float, int)) or value != value:
            return
        self.min = value if self.min is None or value < self.min else self.min
        self.max = value if self.max is None or value > self.max else self.max
        self.sum += value if -1e308 < value < 1e308 else float("inf") if value > 0 else float("-inf")
        self.count += 1

    def read(self, kind):
        return self.sum / self.count if kind == "mean" and self.count else getattr(self, kind, None)


class Summary:
    """`summary[name]`: the last value of a metric, or what `define_metric` chose; and whatever the script sets.

    `summary["loss.min"]` (also max, last, mean) is there for every metric. A number that is set is reported as a
    value of that metric at the newest step; anything else is kept as a last value of the run.
    """

    def __init__(self, run):
        object.__setattr__(self, "_run", run)

    def __getitem__(self, key):
        return self._run._read_summary(key)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError("the summary has no %r" % name) from None

    def __setitem__(self, key, value):
        self._run._set_summary({key: value})

    def __setattr__(self, name, value):
        self[name] = value

    def update(self, values=None, **more):
        self._run._set_summary(dict(values or {}, **more))

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def keys(self):
        return self._run._summary_keys()

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())

    def __contains__(self, key):
        return self.get(key, self) is not self

    def items(self):
        return [(key, self[key]) for key in self.keys()]

    def __repr__(self):
        return repr(dict(self.items()))


# ------------------------------------------------------------------------------------------- between call and agent

_GATHER_SECONDS = 0.05  # rows wait this long for company; the agent looks every 200 ms
_FLUSH_SECONDS = 5.0
_BATCH_ROWS = 512  # one write; more at a time would hold the interpreter for longer than a millisecond
_MAX_LINE = 1 << 20  # longer lines are not read by the agent


class _Recorder:
    """All between a call and the agent: steps, the rows that wait, the summary, and the thread that writes.

    The caller's side (`add`, `set`) holds `lock` for moments. Taking rows out of the backlog, folding them into the
    summary and encoding them holds `drain_lock`; delivery, which may be slow, holds `write_lock`, and takes the other
    two inside of it, in this order.
    """

    def __init__(self, delivery, own_config):
        self.delivery = delivery
        self.own_config = own_config  # callable: what the server does not know of the config
        self.backlog = _Backlog()
        self.pending = None  # (step or None, row) of log(commit=False)
        self.last_step = -1
        self.next_step = 0
        self.outbox = []  # encoded rows on their way from the backlog to the delivery
        self.folds = {}  # metric -> _Fold
        self.definitions = {}  # name or pattern -> (kind of summary, step metric or None)
        self.set_values = {}  # what the script has set in the summary: key -> (time, value)
        self.values = {}  # the part of it that waits to be written
        self.has_rows = False
        self.is_awake = False
        self.is_finished = False
        self.reset_threads()

    def reset_threads(self):
        self.lock = _thread.RLock()
        self.drain_lock = _thread.RLock()
        self.write_lock = _thread.RLock()
        self.writer = None
        self.wake = None

    def forget(self):
        """In a forked child: it is the parent who reports what waits here."""
        self.is_awake = True  # no call starts a writer
        self.backlog.clear()
        self.outbox = []
        self.pending = None
        self.values = {}
        self.delivery.waiting.clear()
        self.delivery.descriptor = None  # left open: closing is the parent's, and costs nothing here
        self.reset_threads()

    # -- the caller's side

    def add(self, step, row, commit):
        with self.lock:
            if self.pending is not None:
                pending_step, pending = self.pending
                self.pending = None
                if step is None or pending_step is None or step == pending_step:
                    pending.update(row)
                    row = pending
                    step = pending_step if step is None else step
                else:
                    self.append(pending_step, pending)
            if commit is False:
                self.pending = (step, row)
            else:
                self.append(step, row)
        if not self.is_awake:
            self.awaken()

    def append(self, step, row):
        if step is None:
            step = self.next_step
        elif step < self.last_step:
            text = "step %s comes after step %s; it is kept, as are others that go back"
            _note("backwards", text % (step, self.last_step))
        self.last_step = step
        if step >= self.next_step:
            self.next_step = int(step) + 1
        if row:
            self.backlog.append((time.time(), step, row))

    def set(self, values):
        """Values of the summary, in the order of the calls."""
        with self.lock:
            at = time.time()
            self.set_values.update((key, (at, value)) for key, value in values.items())
            self.values.update(values)
        self.awaken()

    def config_changed(self):
        with self.lock:
            self.values["_config"] = None  # read when it is written
        self.awaken()

    def awaken(self):
        """Starts the writer, or wakes it."""
        with self.lock:
            if self.is_awake:
                return
            self.is_awake = True
            if self.writer is None:
                import threading  # loaded by init

                self.wake = threading.Event()
                self.writer = threading.Thread(target=self.write_forever, name="sweep-writer", daemon=True)
                try:
                    self.writer.start()
                except RuntimeError as error:  # no more threads: rows wait for finish, or for the next try
                    self.writer = None
                    self.is_awake = False
                    _note("thread", "no thread to write reports (%s); they are written at the end" % error)
                    return
            self.wake.set()

    # -- the writer's side

    def write_forever(self):
        wake = self.wake
        while True:
            wake.wait(_RETRY_SECONDS if self.delivery.is_away else None)
            if self.is_finished:
                return
            wake.clear()
            time.sleep(_GATHER_SECONDS)
            self.is_awake = False
            try:
                self.write()
            except Exception as error:
                _note("writer", "reports could not be written (%s: %s)" % (type(error).__name__, error))

    def write(self, is_last=False):
        with self.write_lock:
            while True:
                with self.drain_lock:
                    is_rest = self.drain(_BATCH_ROWS, is_last)
                    lines, self.outbox = self.outbox, []
                if lines or self.delivery.is_away:
                    self.delivery.deliver(lines)
                if not is_rest:
                    break

    def drain(self, count=None, is_last=False):
        """Backlog -> outbox, folded into the summary; the drain lock is held. Returns whether rows are left."""
        with self.lock:
            records = self.backlog.take(count)
            is_rest = bool(self.backlog.records)
        gathered = None  # rows of one step that share no key are one line
        for index, (at, step, row) in enumerate(records):
            if self.definitions:
                self.add_step_metrics(row)
            for key, value in row.items():
                fold = self.folds.get(key)
                if fold is None:
                    fold = self.folds[key] = _Fold()
                fold.add(value)
                if self.set_values and key in self.set_values and self.set_values[key][0] < at:
                    del self.set_values[key]
            if gathered is not None and gathered[1] == step and gathered[2].keys().isdisjoint(row):
                gathered[2].update(row)
            else:
                self.encode(gathered)
                gathered = (at, step, dict(row))
            if index % 16 == 15:
                time.sleep(0)  # lets the training have the interpreter: 16 rows are 0.3 ms
        self.encode(gathered)
        self.has_rows = self.has_rows or bool(records)
        # Values alone make no first row: its step would cut the history of the attempts before this one.
        if self.values and not is_rest and (self.has_rows or is_last):
            with self.lock:
                values, self.values = self.values, {}
            at, step = time.time(), max(self.last_step, 0)
            if "_config" in values:  # a line of its own: what cannot be written costs no other value
                del values["_config"]
                self.encode((at, step, {"_config": self.own_config()}))
            for key, value in values.items():
                self.folds.setdefault(key, _Fold()).add(value)
            if values:
                self.encode((at, step, values))
        return is_rest

    def encode(self, record):
        if record is None:
            return
        at, step, row = record
        line = {"step": step}
        line.update(row)
        try:
            text = _encode_json(line)
        except Exception as error:  # an int of 5,000 digits, a key that is a tuple, an object whose text fails
            _note("encode", "a report could not be written as JSON (%s) and is dropped" % error)
            return
        if len(text) > _MAX_LINE:
            _note("long", "a report of %d characters is dropped; the agent reads lines up to 1 MiB" % len(text))
            return
        self.outbox.append((at, text))

    def add_step_metrics(self, row):
        missing = {}
        for key in row:
            step_metric = self.definition(key)[1]
            if step_metric is not None and step_metric not in row and step_metric in self.folds:
                missing[step_metric] = self.folds[step_metric].last
        row.update(missing)

    def definition(self, key):
        """(kind of summary, step metric or None); an exact name comes before a pattern."""
        found = self.definitions.get(key)
        if found is None:
            patterns = [name for name in self.definitions if name.endswith("*") and key.startswith(name[:-1])]
            found = self.definitions[max(patterns, key=len)] if patterns else ("last", None)
        return found

    # -- the summary

    def read_summary(self, key):
        folds = self.drained_folds()
        if key in self.set_values:
            return self.set_values[key][1]
        if key in folds:
            return folds[key].read(self.definition(key)[0])
        name, _, kind = str(key).rpartition(".")
        if name in folds and kind in ("min", "max", "last", "mean"):
            return folds[name].read(kind)
        raise KeyError(key)

    def summary_keys(self):
        return list(dict.fromkeys(list(self.drained_folds()) + list(self.set_values)))

    def drained_folds(self):
        """What every row logged so far folds into."""
        with self.drain_lock:
            self.drain()
            return self.folds

    # -- the end

    def finish(self, exit_code, trace):
        """Delivers what is left; waits at most 5 s for a writer that is stuck."""
        with self.lock:
            if self.pending is not None:
                pending, self.pending = self.pending, None
                self.append(*pending)
            if trace is not None:
                self.values["_traceback"] = trace
        self.flush_last(exit_code, trace)
        self.is_finished = True
        if self.wake is not None:
            self.wake.set()  # the writer ends

    def flush_last(self, exit_code, trace):
        if not self.write_lock.acquire(timeout=_FLUSH_SECONDS):
            _note("flush", "reports of the last moments are lost: writing them took longer than %d s" % _FLUSH_SECONDS)
            return
        delivery = self.delivery
        try:
            self.add_means()
            delivery.retry_at = 0.0
            self.write(is_last=True)
            lost = len(delivery.waiting) + delivery.lost_count
            if lost > 0:
                _note("lost", "%d reports are lost: neither the agent nor %s took them" % (lost, delivery.spool_folder))
            delivery.write_end(
                {"kind": "ended", "at": int(time.time() * 1000), "exit_code": exit_code, "traceback": trace}
            )
            delivery.close()
        except Exception as error:
            _note("writer", "reports could not be written (%s: %s)" % (type(error).__name__, error))
        finally:
            self.write_lock.release()

    def add_means(self):
        with self.drain_lock:
            self.drain()
            for key, fold in list(self.folds.items()):
                if self.definition(key)[0] == "mean" and fold.count:
                    self.values[key + ".mean"] = fold.read("mean")

    def is_in_the_middle(self):
        """Does this thread hold a lock? A signal's handler that ran then would disturb it, or wait for the writer that
        waits for it."""
        return self.lock._is_owned() or self.write_lock._is_owned() or self.drain_lock._is_owned()


# ------------------------------------------------------------------------------------------------------------ run

_CONTROL_SECONDS = 0.2  # between two looks for the control file
_ID_LETTERS = "bcdfghjkmnpqrstvwxyz"
_ID_CHARACTERS = "0123456789" + _ID_LETTERS


class Run:
    """A run that reports; made by `init`, and a context manager that finishes it.

    States: open (takes reports), finished, and silent (a process that must not report: another rank, a fork, or
    mode="disabled"), in which every call works and nothing is sent.
    """

    def __init__(self, facts, config, is_silent, delivery):
        self.id = facts["run_id"]
        self.name = facts["name"]
        self.project = facts["project"]
        self.sweep_id = facts["sweep_id"]
        self.tags = facts["tags"]
        self.notes = facts["notes"]
        self.group = facts["group"]
        self.job_type = facts["job_type"]
        self.mode = facts["mode"]
        self.attempt = facts["attempt"]
        self.resumed = self.attempt > 1
        self.entity = None
        self.config = config
        self.summary = Summary(self)
        self.exit_code = None
        self._facts = facts
        self._is_silent = is_silent
        self._is_finished = False
        self._recorder = _Recorder(delivery, self._own_config)
        self._control_file = facts["control_file"]
        self._control_at = 0.0
        self._stop_reason = None
        self._asked_to_stop = False  # the script looks at should_stop: SIGTERM leaves it the time to do so
        self._was_terminated = False
        self._ends_later = False  # SIGTERM came at a moment in which the process could not end
        self._own_pid = os.getpid()

    # -- what scripts call

    @property
    def step(self):
        """The step that the next `log` without one takes."""
        return self._recorder.next_step

    @property
    def url(self):
        """None: the page of a run is known to the server alone."""
        return None

    @property
    def dir(self):
        """An existing folder for the run's files; under an agent its checkpoint folder, the same for every attempt."""
        path = os.environ.get("SWEEP_CHECKPOINT_DIR") if self._facts["has_agent"] else None
        path = path or os.path.join(self._facts["base"], ".sweep", "files", self.id)
        os.makedirs(path, exist_ok=True)
        return path

    def log(self, data, step=None, commit=True, **ignored):
        """Reports numbers (and texts) at one step; returns at once.

        data: dict of floats, ints, bools, texts, 0-d tensors or arrays; nested dicts become `a.b`. The value is taken
        now: a tensor on a GPU waits for it as `.item()` does. NaN and infinities are kept.
        step: any number; without it `step`, `_step` or `global_step` of data, else one more than the highest yet. A
        step may come again: the rows count as one, a key that is logged twice keeps both values.
        commit=False: kept until the next call, and reported with it.
        """
        try:
            self._log(data, step, commit)
        except SweepError:
            raise
        except Exception as error:
            _mistake("log", "log() has ignored its data (%s: %s); give it a dict" % (type(error).__name__, error))

    def define_metric(self, name, step_metric=None, *_positional, summary=None, goal=None, **ignored):
        """Chooses what `summary[name]` is: min, max, last, mean or best (by goal "minimize" or "maximize").

        The server keeps min, max, last and best of every metric in any case; a mean is reported as `<name>.mean` at
        the end. name may end in `*`. step_metric: where a row lacks that metric, its newest value is added.
        """
        kinds = [kind for kind in (summary or "").split(",") if kind]
        wrong = [kind for kind in kinds if kind not in _SUMMARIES]
        if wrong or goal not in (None, "minimize", "maximize", "min", "max"):
            wanted = "summary is one of %s, and goal minimize or maximize" % ", ".join(_SUMMARIES)
            _mistake("define_metric", "define_metric(%r): %s; found %r, %r" % (name, wanted, summary, goal))
            return None
        kind = next((kind for kind in kinds if kind not in ("none", "copy")), "last")
        if kind == "best":
            kind = "max" if (goal or "").startswith("max") else "min"
        step_name = None if step_metric is None else str(getattr(step_metric, "name", step_metric))
        with self._recorder.drain_lock:
            self._recorder.definitions[str(name)] = (kind, step_name)
        return _DefinedMetric(str(name))

    def should_stop(self):
        """None, or the reason why the run should end now. After a first call SIGTERM leaves the process running until
        the agent's grace time is over, so that it can save its state and leave.

        Costs a look at the clock, and one stat at most every 0.2 s. In a distributed training ask one rank and tell
        the others: their looks differ in time.
        """
        self._asked_to_stop = True
        if self._stop_reason is not None or self._control_file is None:
            return self._stop_reason
        now = time.monotonic()
        if now < self._control_at:
            return None
        self._control_at = now + _CONTROL_SECONDS
        try:
            os.stat(self._control_file)
        except OSError:
            return None
        self._stop_reason = self._read_stop_reason() or "stop"
        return self._stop_reason

    def alert(self, title, text="", level="INFO", wait_duration=None):
        """A line in the run's log and its last alert among the run's values."""
        level = str(getattr(level, "value", level))
        try:
            sys.stderr.write("sweep: %s: %s: %s\n" % (level, title, text))
        except Exception:
            pass
        self._set_summary({"_alert": "%s: %s: %s" % (level, title, text)})

    def finish(self, exit_code=None, quiet=None):
        """Reports what is left, within 5 s, and ends the run; called at exit if the script does not.

        exit_code is recorded of a run without an agent. An agent judges by the process: exit 0 is finished.
        """
        if exit_code and self._facts["has_agent"] and not self._is_finished:
            text = "finish(exit_code=%s) fails no run: the agent judges by the process; end it with sys.exit(%s)"
            _note("exit", text % (exit_code, exit_code))
        self._finish(exit_code, None)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        code, text = (None, None) if error is None else _describe_error(kind, error, trace)
        self._finish(code, text)
        return False

    def __getattr__(self, name):
        if name in _IGNORED:
            return _ignored_function(name)
        raise AttributeError("a run has no %r" % name)

    def __repr__(self):
        return "<sweep.Run %s of %s>" % (self.id, self.project)

    # -- what is behind the calls

    def _log(self, data, step, commit):
        if not self._is_open("log"):
            return
        row = {}
        for key, value in data.items():
            kind = type(value)
            if (kind is float or kind is int) and type(key) is str:
                row[key] = value
            else:
                _snapshot(row, key, value)
        if step is None:
            step = _take_step(row)
        else:
            step = step if type(step) is int else _checked_step(step)
            if row.pop("step", step) != step:
                _mistake("two steps", "log(step=%r) has another \"step\" in its data, which is ignored" % step)
        self._recorder.add(step, row, commit)
        if self._ends_later:
            self._end_if_terminated()

    def _set_summary(self, values):
        if not self._is_open("summary"):
            return
        row = {}
        for key, value in values.items():
            _snapshot(row, key, value)
        self._recorder.set(row)
        self._end_if_terminated()

    def _read_summary(self, key):
        try:
            return self._recorder.read_summary(key)
        finally:
            self._end_if_terminated()

    def _summary_keys(self):
        try:
            return self._recorder.summary_keys()
        finally:
            self._end_if_terminated()

    def _config_changed(self):
        if not self._is_silent and not self._is_finished:
            self._recorder.config_changed()
            self._end_if_terminated()

    def _own_config(self):
        """The config without what the sweep has set, which the server knows."""
        try:
            return _without_frozen(self.config)
        except RuntimeError:
            return {}  # it was changed meanwhile, and will be written again

    def _is_open(self, what):
        if self._is_silent:
            if self._own_pid != os.getpid():
                _note("fork", "%s in a forked process is ignored; call sweep.init() there to report from it" % what)
            return False
        if self._is_finished:
            _mistake("finished", "%s after finish() is ignored; call sweep.init() to report again" % what)
            return False
        return True

    def _read_stop_reason(self):
        import json

        try:
            with open(self._control_file, encoding="utf-8") as file:
                told = json.load(file)
            return str(told.get("reason") or told.get("stop") or "")
        except (OSError, ValueError, AttributeError, TypeError):
            return None  # no such file, or none at all: control_file is None without an agent

    # -- the end

    def _finish(self, exit_code, trace):
        global run
        if self._is_finished:
            return
        if not self._is_silent:
            self._recorder.finish(exit_code or 0, trace)
        self._is_finished = True
        self.exit_code = exit_code
        if run is self:
            run = None
        self._end_if_terminated()

    def _silence_after_fork(self):
        self._is_silent = True
        self._recorder.forget()

    def _terminated(self):
        """SIGTERM came. Returns whether the process should end by it now."""
        if self._asked_to_stop and not self._was_terminated:
            self._was_terminated = True
            self._stop_reason = self._stop_reason or self._read_stop_reason() or "SIGTERM"
            return False
        if self._recorder.is_in_the_middle():
            self._ends_later = True
            return False
        self._finish(128 + 15, None if self._facts["has_agent"] else "killed by SIGTERM")
        return True

    def _end_if_terminated(self):
        if self._ends_later and not self._recorder.is_in_the_middle():
            self._ends_later = False
            os.kill(os.getpid(), 15)


class _DefinedMetric:
    def __init__(self, name):
        self.name = name


def _without_frozen(config):
    kept = {}
    for key, value in list(config.items()):
        if isinstance(value, Config):
            inner = _without_frozen(value)
            if inner:
                kept[key] = inner
        elif key not in config._frozen:
            kept[key] = value
    return kept


# ------------------------------------------------------------------------------------------------------ the module


class _BeforeInit:
    """`sweep.config` and `sweep.summary` before init; afterwards the newest run's, for who imported the name early."""

    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def _target(self):
        target = globals()[self._name]
        if target is self:
            raise SweepError("sweep.%s is there after sweep.init(); call it first" % self._name)
        return target

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._target(), name)

    def __setattr__(self, name, value):
        setattr(self._target(), name, value)

    def __getitem__(self, key):
        return self._target()[key]

    def __setitem__(self, key, value):
        self._target()[key] = value

    def __contains__(self, key):
        return key in self._target()

    def __iter__(self):
        return iter(self._target())


run = None
config = _BeforeInit("config")
summary = _BeforeInit("summary")
_last_run = None


def init(project=None, config=None, name=None, tags=None, notes=None, group=None, mode=None, resume=None, dir=None,
         job_type=None, id=None, all_ranks=False, **ignored):
    """Joins the agent's run, or starts one of its own whose reports go to ./.sweep/spool/RUN.jsonl; returns the Run.

    config: defaults; what the sweep has set wins. A dict, a Namespace of argparse, or the path of a JSON file.
    mode: "offline", or "disabled": nothing is reported. Default: SWEEP_MODE. "online" needs an agent.
    dir: the folder in which .sweep/spool lies. Default: the current one.
    all_ranks: in a distributed training only rank 0 reports (RANK, LOCAL_RANK, SLURM_PROCID); True: all do.
    resume is accepted: an agent's run is joined in any case. Unknown arguments are accepted and noted once.
    """
    if run is not None and run._own_pid == os.getpid():
        if config is not None:
            run.config.setdefaults(config)
        return run
    if ignored:
        _mistake("init", "init() knows no %s; they are ignored" % ", ".join(sorted(ignored)))
    environment = os.environ
    has_agent = bool(environment.get("SWEEP_RUN_ID"))
    mode = mode or environment.get("SWEEP_MODE") or ("online" if has_agent else "offline")
    if mode not in ("online", "offline", "disabled", "shared", "run", "dryrun"):
        _mistake("mode", "mode=%r is not one of online, offline, disabled; offline is taken" % (mode,))
        mode = "offline"
    if mode in ("online", "shared", "run") and not has_agent:
        _note("online", "a run without an agent is kept offline; start it with `sweep agent` to see it live")
        mode = "offline"
    base = os.path.abspath(os.fspath(dir or os.getcwd()))
    rank = _find_rank(environment)
    run_id = environment["SWEEP_RUN_ID"] if has_agent else _checked_id(id) or _create_id()
    facts = {
        "run_id": run_id,
        "sweep_id": environment.get("SWEEP_ID") or None if has_agent else None,
        "attempt": _as_int(environment.get("SWEEP_ATTEMPT")) or 1 if has_agent else 1,
        "name": name or run_id,
        "project": project or environment.get("SWEEP_PROJECT") or "default",
        "tags": [tags] if isinstance(tags, str) else list(tags or ()),
        "notes": notes or "",
        "group": group,
        "job_type": job_type,
        "mode": mode,
        "has_agent": has_agent,
        "base": base,
        "control_file": environment.get("SWEEP_CONTROL_FILE") if has_agent else None,
    }
    values = Config()
    values.update(_as_dict(config))
    values._freeze(_read_sweep_config() if has_agent else {})
    started_at = int(time.time() * 1000)
    delivery = _Delivery(
        metrics_file=environment.get("SWEEP_METRICS_FILE") if has_agent else None,
        report_url=environment.get("SWEEP_REPORT_URL") if has_agent else None,
        token=environment.get("SWEEP_RUN_TOKEN"),
        spool_folder=os.path.join(base, ".sweep", "spool"),
        run_id=run_id,
        header=lambda: _spool_header(facts, values, started_at),
    )
    is_silent = mode == "disabled" or (rank != 0 and not all_ranks)
    new = Run(facts, values, is_silent, delivery)
    if _last_run is not None and _last_run.id == new.id and _last_run._own_pid == new._own_pid:
        earlier = _last_run._recorder
        new._recorder.last_step, new._recorder.next_step = earlier.last_step, earlier.next_step
    if not is_silent:
        import json  # noqa: F401  what the first log() would load on the training's time
        import threading  # noqa: F401
    _install(new)
    values._on_change = new._config_changed
    for group_config in _groups_of(values):
        group_config._on_change = new._config_changed
    if not is_silent and _without_frozen(values):
        new._recorder.values["_config"] = None
    labels = {"name": name, "tags": facts["tags"], "notes": notes, "group": group, "job_type": job_type}
    if not is_silent and has_agent and any(labels.values()):
        new._recorder.values["_run"] = {label: value for label, value in labels.items() if value}
    if not is_silent and not has_agent:
        delivery.write_spool([])  # the writer does not run yet
        if delivery.spool is not None:
            _note("offline " + run_id, "run %s is kept in %s" % (run_id, delivery.spool))
    return new


def _install(new):
    """Makes it the module's run, and ends it with the process."""
    global run, config, summary, _last_run
    run = _last_run = new
    config = new.config
    summary = new.summary
    _install_hooks(new)


def _groups_of(values):
    for value in list(values.values()):
        if isinstance(value, Config):
            yield value
            for inner in _groups_of(value):
                yield inner


def _read_sweep_config():
    import json

    path = os.environ.get("SWEEP_CONFIG_FILE")
    if not path:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            values = json.load(file)
    except (OSError, ValueError) as error:
        raise SweepError(
            "the run's config cannot be read from SWEEP_CONFIG_FILE=%s (%s); training with other values than the "
            "sweep's would be recorded as the sweep's, so the run ends here" % (path, error)
        ) from error
    return values if isinstance(values, dict) else {}


def _find_rank(environment):
    """0 for the process that reports. A rank that the agent itself was started with says nothing of its trainings."""
    outer = dict(pair.partition("=")[::2] for pair in environment.get("SWEEP_OUTER_RANK", "").split(","))

    def own(name):
        value = environment.get(name)
        is_outer = value is not None and outer.get(name) == value
        if is_outer and (name != "SLURM_PROCID" or environment.get("SLURM_STEP_ID") == outer.get("SLURM_STEP_ID")):
            return None
        return _as_int(value)

    if own("RANK") is not None:
        return own("RANK")
    return next((own(name) for name in ("SLURM_PROCID", "NODE_RANK", "LOCAL_RANK") if own(name)), 0)


def _as_int(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def _create_id():
    """As the server makes them: 8 characters, a letter first; the training's own random numbers are left alone."""
    drawn = os.urandom(32)
    first = _ID_LETTERS[int.from_bytes(drawn[:4], "big") % len(_ID_LETTERS)]
    rest = (int.from_bytes(drawn[4 * i:4 * i + 4], "big") for i in range(1, 8))
    return first + "".join(_ID_CHARACTERS[number % len(_ID_CHARACTERS)] for number in rest)


def _checked_id(wanted):
    """An id of the script's own names a file: letters, digits, `-` and `_` alone."""
    if wanted is None:
        return None
    text = str(wanted)
    if 0 < len(text) <= 64 and all(c.isalnum() and c.isascii() or c in "-_" for c in text):
        return text
    _mistake("id", "id=%r is not taken: 1 to 64 letters, digits, - and _" % (wanted,))
    return None


def _spool_header(facts, values, started_at):
    import platform
    import socket

    keys = ("run_id", "sweep_id", "attempt", "name", "project", "tags", "notes", "group", "job_type")
    header = {"kind": "run", "format": 1, "client": __version__}
    header.update((key, facts[key]) for key in keys)
    header.update(
        writer=os.urandom(8).hex(),
        config=values.as_dict(),
        started_at=started_at,
        host=socket.gethostname(),
        pid=os.getpid(),
        argv=list(sys.argv),
        cwd=os.getcwd(),
        python=platform.python_version(),
    )
    return header


def _current(what):
    if run is None:
        _mistake("no run", "sweep.%s() without a run is ignored; call sweep.init() first" % what)
    return run


def log(data, step=None, commit=True, **ignored):
    """`run.log` of the current run."""
    current = run
    if current is None:
        current = _current("log")
    if current is not None:
        current.log(data, step, commit)


def define_metric(name, step_metric=None, *_positional, summary=None, goal=None, **ignored):
    """`run.define_metric` of the current run."""
    current = _current("define_metric")
    return None if current is None else current.define_metric(name, step_metric, summary=summary, goal=goal)


def should_stop():
    """`run.should_stop` of the current run: None, or the reason why it should end."""
    current = _current("should_stop")
    return None if current is None else current.should_stop()


def finish(exit_code=None, quiet=None):
    """`run.finish` of the current run; nothing without one."""
    if run is not None:
        run.finish(exit_code)


def alert(title, text="", level="INFO", wait_duration=None):
    """`run.alert` of the current run."""
    current = _current("alert")
    if current is not None:
        current.alert(title, text, level)


# ----------------------------------------------------------------------------------- W&B's names that do nothing here


class AlertLevel:
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class _Unsupported:
    """Stands for an image, table and the like: `log` ignores it."""

    def __init__(self, *_arguments, **_options):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_arguments, **_options: None


def login(*_arguments, **_options):
    """Nothing to log in to: the agent does."""
    return True


def setup(*_arguments, **_options):
    """Nothing to set up."""


def teardown(exit_code=None):
    finish(exit_code)


_NO_FILES = "files and code are not uploaded"
_IGNORED = {
    "watch": "gradients are not recorded",
    "unwatch": "gradients are not recorded",
    "save": _NO_FILES,
    "log_artifact": _NO_FILES,
    "use_artifact": _NO_FILES,
    "link_artifact": _NO_FILES,
    "log_code": _NO_FILES,
    "log_model": _NO_FILES,
    "use_model": _NO_FILES,
    "link_model": _NO_FILES,
    "mark_preempting": "a run that is handed back is queued again in any case",
}


def _ignored_function(name):
    """A function, or a method of a run, that is accepted with a note, and gives its first argument back."""

    def ignored(*arguments, **_options):
        _mistake(name, "%s() is ignored: %s" % (name, _IGNORED[name]))
        return arguments[0] if arguments else None

    return ignored


def _not_yet(name, instead):
    def missing(*_arguments, **_options):
        raise SweepError("sweep.%s is not part of this client; %s" % (name, instead))

    missing.__name__ = name
    missing.__doc__ = "Not part of this client: %s." % instead
    return missing


Api = _not_yet("Api", "use the commands `sweep runs`, `sweep best` and `sweep export`, or the HTTP API")
agent = _not_yet("agent", "run the command `sweep agent ID`, which starts this script once for each run")
sweep = _not_yet("sweep", "run the command `sweep create FILE`")
controller = _not_yet("controller", "run the command `sweep up`")

_MEDIA = frozenset(
    "Audio Artifact Bokeh Classes Graph Histogram Html Image JoinedTable Molecule Object3D Plotly Settings Table "
    "Video".split()
)


def __getattr__(name):
    if name in _IGNORED:
        return _ignored_function(name)
    if name in _MEDIA:
        return globals().setdefault(name, type(name, (_Unsupported,), {}))
    raise AttributeError("module 'sweep' has no attribute %r" % name)


# ----------------------------------------------------------------------------------------------------------- hooks

_hooks_pid = None
_exit_code = None


def _install_hooks(new):
    """Once per process: exit, uncaught exceptions, SIGTERM, forks."""
    global _hooks_pid
    if _hooks_pid is None:
        atexit.register(_at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
            )
        _chain_excepthook()
    if not new._facts["has_agent"]:
        _chain_exit()
    _hooks_pid = os.getpid()
    if new.mode != "disabled":
        _catch_sigterm()  # in silent ranks too: all of a distributed training end in step


def _at_exit():
    if run is not None and run._own_pid == os.getpid():
        run._finish(_exit_code, None)


def _chain_excepthook():
    previous = sys.excepthook

    def excepthook(kind, error, trace):
        try:
            if run is not None and run._own_pid == os.getpid():
                code, text = _describe_error(kind, error, trace)
                run._finish(code if not run._facts["has_agent"] else None, text)
        except Exception:
            pass  # the training's own error is what must be seen
        previous(kind, error, trace)

    sys.excepthook = excepthook


def _chain_exit():
    """Nothing else tells a process the code of its own exit; a run without an agent is judged by it."""
    previous = sys.exit
    if getattr(previous, "_is_sweeps", False):
        return

    def exit(status=None):
        global _exit_code
        _exit_code = status if isinstance(status, int) else 0 if status is None else 1
        previous(status)

    exit._is_sweeps = True
    sys.exit = exit


def _describe_error(kind, error, trace):
    """(exit code, the last 20 lines of the traceback) of what ends a `with` block or the process."""
    if kind is not None and issubclass(kind, SystemExit):
        code = error.code
        return (code if isinstance(code, int) else 0 if code is None else 1), None
    import traceback

    text = "".join(traceback.format_exception(kind, error, trace))
    return 1, "\n".join(text.rstrip().split("\n")[-20:])


def _catch_sigterm():
    """Where the script has not said what SIGTERM does: what is left is reported before it ends the process."""
    import signal

    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)
    except ValueError:
        pass  # not the main thread: SIGTERM ends the process, with what was written every 50 ms


def _on_sigterm(number, _frame):
    import signal

    try:
        last = _last_run
        if last is not None and last._own_pid == os.getpid() and not last._terminated():
            return
    except Exception as error:
        _note("sigterm", "reports were not flushed (%s)" % error)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


_masks = {}  # thread -> its signal mask before it forked


def _before_fork():
    """Holds SIGTERM back: Python forgets a signal that reaches the child before its handlers are in order."""
    import signal

    if hasattr(signal, "pthread_sigmask") and signal.getsignal(signal.SIGTERM) is _on_sigterm:
        _masks[_thread.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


def _after_fork():
    import signal

    mask = _masks.pop(_thread.get_ident(), None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _after_fork_in_child():
    """In a worker of a DataLoader for example: nothing of the parent's is reported again, SIGTERM ends it as usual."""
    import signal

    if run is not None:
        run._silence_after_fork()
    try:
        if signal.getsignal(signal.SIGTERM) is _on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    except ValueError:
        pass
    _after_fork()
