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
what is between a call and the agent (_Recorder), Run, the module's functions; then what speaks to the server: requests
(_Server), Api and what it gives (PublicSweep, PublicRuns, PublicRun), sweeps made and worked from Python (sweep, agent,
controller); last W&B's names that do little here, and the hooks into the interpreter. Modules that take long to import
are imported where they are used. The environment that is read and the lines that are written are the contract of
docs/reporting.md.
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


class ServerError(SweepError):
    """The server could not be reached, or has refused; `status` (HTTP) and `code` say what, where they are known."""

    def __init__(self, text, status=None, code=None):
        super().__init__(text)
        self.status = status
        self.code = code


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
        self.tell({"_config": None})  # read when it is written

    def tell(self, values):
        """Last values of the run that are no part of the summary."""
        with self.lock:
            self.values.update(values)
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
                if key[:1] != "_":
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
        self._files = {}  # name -> where it is
        self._artifacts = {}
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

    def save(self, glob_str, base_path=None, policy="live"):
        """Tells where these files are (a path or a pattern): the value `_files` of the run. Nothing is copied."""
        import glob

        pattern = os.fspath(glob_str)
        paths = sorted(glob.glob(pattern, recursive=True)) or ([] if glob.has_magic(pattern) else [pattern])
        start = os.getcwd() if base_path is None else os.fspath(base_path)
        self._keep_files({os.path.relpath(path, start): _describe_file(path) for path in paths})
        return paths

    def log_artifact(self, artifact_or_path, name=None, type=None, aliases=None, **_ignored):
        """Tells where the files of an `Artifact` (or a path) are: the value `_artifacts` of the run. Nothing is copied.

        Returns the artifact.
        """
        artifact = artifact_or_path
        if not isinstance(artifact, Artifact):
            path = os.fspath(artifact_or_path)
            artifact = Artifact(name or os.path.basename(path), type or "unspecified")
            artifact.add_dir(path) if os.path.isdir(path) else artifact.add_file(path)
        kept = {"type": artifact.type, "aliases": list(aliases or ["latest"]), "files": artifact._files}
        kept.update((key, getattr(artifact, key)) for key in ("description", "metadata") if getattr(artifact, key))
        self._keep_artifact(artifact.name, kept)
        return artifact

    def finish(self, exit_code=None, quiet=None):
        """Reports what is left, within 5 s, and ends the run; called at exit if the script does not.

        exit_code is recorded of a run without an agent. An agent judges by the process: exit 0 is finished.
        """
        if exit_code and self._facts["has_agent"] and not self._is_finished:
            text = "finish(exit_code=%s) fails no run: the agent judges by the process; end it with sys.exit(%s)"
            _note("exit", text % (exit_code, exit_code))
        self._finish(exit_code, None)

    def _label(self, *_arguments, **_options):
        """W&B's note of the library that trains (Transformers calls it): not kept."""

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

    def _keep_files(self, described):
        if described and self._is_open("save"):
            self._files.update(described)
            self._recorder.tell({"_files": dict(self._files)})
            self._end_if_terminated()

    def _keep_artifact(self, name, kept):
        if self._is_open("log_artifact"):
            self._artifacts[name] = kept
            self._recorder.tell({"_artifacts": dict(self._artifacts)})
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


# ----------------------------------------------------------------------------------------------------- the server

_DEFAULT_SERVER = "http://127.0.0.1:8765"
_REQUEST_SECONDS = 60.0
_TRIES = 4
_PAGE_RUNS = 1000


class _Server:
    """Requests to the HTTP API (GET /api/v1/openapi.json says all of it), with the token that the command takes."""

    def __init__(self, address=None, token=None):
        environment = os.environ
        inside = environment.get("WANDB_BASE_URL") if environment.get("SWEEP_RUN_ID") else None
        self.address = (address or environment.get("SWEEP_SERVER") or inside or _DEFAULT_SERVER).rstrip("/")
        self.token = token or _find_token(self.address)

    def get(self, path, **query):
        import urllib.parse

        given = {name: value for name, value in query.items() if value is not None}
        return self.request("GET", path + ("?" + urllib.parse.urlencode(given) if given else ""))

    def post(self, path, **body):
        return self.request("POST", path, {name: value for name, value in body.items() if value is not None})

    def request(self, method, path, body=None):
        """The answer as data. What changes nothing is tried again while the server cannot be reached."""
        for number in range(_TRIES):
            if number > 0:
                time.sleep(0.5 * 2 ** number)
            is_last = number == _TRIES - 1
            try:
                status, text = self.send(method, "/api/v1" + path, body)
            except ConnectionRefusedError as error:
                if is_last:
                    raise self.unreachable(error) from error
                continue
            except Exception as error:
                if is_last or method != "GET" or not isinstance(error, OSError):
                    raise self.unreachable(error) from error
                continue
            if status in (429, 502, 503, 504) and method == "GET" and not is_last:
                continue
            return self.read(status, text)

    def send(self, method, path, body):
        import http.client
        import json
        import urllib.parse

        address = urllib.parse.urlsplit(self.address)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname, address.port, timeout=_REQUEST_SECONDS)
        try:
            headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
            data = None if body is None else json.dumps(body).encode("utf-8")
            connection.request(method, address.path.rstrip("/") + path, data, headers)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def read(self, status, text):
        import json

        try:
            answer = json.loads(text, object_hook=_read_object_of_json) if text else {}
        except ValueError:
            answer = None
        if status < 300 and answer is not None:
            return answer
        told = answer.get("error") if isinstance(answer, dict) else None
        if not isinstance(told, dict):
            raise ServerError("%s answered %d, and is no sweep server by its words" % (self.address, status), status)
        words = [told.get("message"), told.get("hint")]
        problems = (told.get("details") or {}).get("problems")
        for problem in problems[1:] if isinstance(problems, list) else []:  # the message has the first
            if isinstance(problem, dict):
                words.append("%s: %s" % (problem.get("path"), problem.get("message")))
        raise ServerError(". ".join(str(word).rstrip(".") for word in words if word), status, told.get("code"))

    def unreachable(self, error):
        text = "the server %s is not reachable (%s); start it with `sweep up`, or set SWEEP_SERVER"
        return ServerError(text % (self.address, error or type(error).__name__))


def _find_token(address):
    """Where the command looks, in its order (docs/configuration.md)."""
    environment = os.environ
    if environment.get("SWEEP_TOKEN"):
        return environment["SWEEP_TOKEN"].strip()
    if environment.get("SWEEP_TOKEN_FILE"):
        text = _read_text(environment["SWEEP_TOKEN_FILE"])
        if text is None:
            raise ServerError("SWEEP_TOKEN_FILE: cannot read %s" % environment["SWEEP_TOKEN_FILE"])
        return text.strip()
    home = os.path.expanduser("~")
    settings = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    token = _read_object(os.path.join(settings, "sweep", "credentials")).get(address)
    if isinstance(token, str):
        return token
    for folder in _data_folders():
        text = _read_text(os.path.join(folder, "admin-token"))
        if text and len(text.strip()) >= 48:
            return text.strip()
    state = environment.get("XDG_STATE_HOME") or os.path.join(home, ".local", "state")
    folder = os.path.join(state, "sweep")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        left = _read_object(os.path.join(folder, name)) if name.startswith("up-") else {}
        if _plain_address(left.get("url")) == _plain_address(address) and left.get("token"):
            return left["token"]
    raise ServerError("no token for %s was found; run `sweep login`, or set SWEEP_TOKEN or SWEEP_TOKEN_FILE" % address)


def _data_folders():
    if os.environ.get("SWEEP_DATA"):
        yield os.environ["SWEEP_DATA"]
    folder = os.getcwd()
    while True:
        yield os.path.join(folder, ".sweep")
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _plain_address(address):
    return str(address).rstrip("/").replace("//localhost:", "//127.0.0.1:")


def _read_text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return None  # not there or not ours: the next place is tried


def _read_object(path):
    import json

    try:
        found = json.loads(_read_text(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read_object_of_json(found):
    """In a config a non-finite number is {"$float": "nan"}."""
    return float(found["$float"]) if len(found) == 1 and isinstance(found.get("$float"), str) else found


def _number(value):
    """JSON has no NaN: non-finite numbers travel as texts."""
    return float(value.replace("Infinity", "inf")) if value in ("NaN", "Infinity", "-Infinity") else value


def _epoch(text):
    """Seconds since 1970 of an ISO time in UTC; None of None."""
    if not text:
        return None
    from datetime import datetime, timezone

    whole, _, rest = text.rstrip("Z").partition(".")
    at = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
    return at + (float("0." + rest) if rest else 0.0)


def _split_path(path, kind):
    """(project or None, id) of `ID`, `PROJECT/ID`, `ENTITY/PROJECT/ID`, with `sweeps/` or `runs/` before the id."""
    parts = [part for part in str(path).strip("/").split("/") if part]
    if len(parts) > 1 and parts[-2] in (kind, kind + "s"):
        del parts[-2]
    if not 1 <= len(parts) <= 3:
        raise SweepError("%r is no path of a %s; write ID, PROJECT/ID or ENTITY/PROJECT/ID" % (path, kind))
    return (parts[-2] if len(parts) > 1 else None), parts[-1]


class Api:
    """What the server has: sweeps, their runs and what these reported. Every call asks the server.

    The server is `server`, else SWEEP_SERVER, else http://127.0.0.1:8765; the token as the command finds it.
    """

    default_entity = "sweep"

    def __init__(self, overrides=None, timeout=None, api_key=None, server=None, **ignored):
        overrides = overrides or {}
        if ignored:
            _mistake("api", "Api() knows no %s; they are ignored" % ", ".join(sorted(ignored)))
        self._project = overrides.get("project") or os.environ.get("SWEEP_PROJECT") or os.environ.get("WANDB_PROJECT")
        self._server = _Server(server or overrides.get("base_url"), api_key)

    @property
    def server(self):
        return self._server.address

    @property
    def viewer(self):
        return _Facts(self._server.get("/whoami"))

    def sweep(self, path=""):
        """The sweep of `ID`, `PROJECT/ID` or `ENTITY/PROJECT/ID`; a unique prefix, a name and `@last` work too."""
        project, ref = _split_path(path, "sweep")
        found = PublicSweep(self._server, ref)
        _check_project(found, project)
        return found

    def run(self, path=""):
        """The run of `ID`, `PROJECT/ID` or `ENTITY/PROJECT/ID`."""
        project, ref = _split_path(path, "run")
        found = PublicRun(self._server, self._server.get("/runs/" + _quote(ref))["run"], has_values=True)
        _check_project(found, project)
        return found

    def runs(self, path=None, filters=None, order="+created_at", per_page=None, **_ignored):
        """The runs of a project (`PROJECT`, `ENTITY/PROJECT`; else SWEEP_PROJECT, else all), loaded as they are read.

        filters: Mongo's way, e.g. {"state": "finished", "summary_metrics.loss": {"$lt": 0.3}};
            $exists and numbers look at metrics alone.
        order: +created_at, -created_at, +summary_metrics.NAME, +config.NAME, +name ...
        """
        project = str(path).rstrip("/").split("/")[-1] if path else self._project
        return PublicRuns(self._server, "/runs", {"project": project}, filters, order)

    def sweeps(self, project=None, **_ignored):
        """The sweeps of a project, of all without one."""
        project = str(project).rstrip("/").split("/")[-1] if project else self._project
        found = self._server.get("/sweeps", project=project)["sweeps"]
        return [PublicSweep(self._server, facts["id"], facts) for facts in found]

    def flush(self):
        """Nothing is kept."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError("this Api has no %r; it has sweep, run, runs, sweeps and viewer. W&B's own client can be "
                             "used with this server for the rest" % name)


def _check_project(found, project):
    if project is not None and project != found.project:
        raise SweepError("%s is not in the project %s, but in %s" % (found.id, project, found.project))


def _quote(text):
    import urllib.parse

    return urllib.parse.quote(str(text), safe="")


class _Facts(dict):
    """What the server tells of something, as attributes too."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError("there is no %r; there are: %s" % (name, ", ".join(self)))


class PublicSweep:
    """A sweep on the server. What it says is from the time of its making, or of the last `load()`."""

    entity = Api.default_entity

    def __init__(self, server, ref, facts=None):
        self._server = server
        self._config = None
        self._facts = {"id": ref} if facts is None else facts
        if facts is None:
            self.load()

    def load(self, force=True):
        """Asks the server again."""
        answer = self._server.get("/sweeps/" + _quote(self.id))
        self._facts = answer["sweep"]
        self._config = answer.get("configValues")
        return self

    id = property(lambda self: self._facts["id"])
    name = property(lambda self: self._facts["name"])
    project = property(lambda self: self._facts["project"])
    state = property(lambda self: self._facts["state"])
    method = property(lambda self: self._facts["method"])
    metric = property(lambda self: self._facts["metric"])
    url = property(lambda self: self._facts["url"])
    counts = property(lambda self: self._facts["counts"])
    path = property(lambda self: [self.entity, self.project, self.id])

    @property
    def config(self):
        """The sweep's file as a dict."""
        if self._config is None:
            self.load()
        return self._config

    @property
    def order(self):
        """How runs are ordered from the best on; None without a metric."""
        metric = self.metric
        return metric and ("-" if metric["goal"] == "maximize" else "+") + "summary_metrics." + metric["name"]

    @property
    def expected_run_count(self):
        """How many runs it will have; None when nothing ends it."""
        known = [count for count in (self._facts["size"], self._facts["runCap"]) if count is not None]
        return int(min(known)) if known else None

    @property
    def runs(self):
        """Its runs, loaded as they are read; `.where("lr<0.1 state:finished")` takes some of them."""
        return PublicRuns(self._server, "/sweeps/%s/runs" % self.id, {}, None, "+created_at")

    def best_run(self, order=None, summary=None, include_running=False):
        """The best run by the sweep's metric among finished and stopped ones, or None.

        summary: "best" (the metric's best value, unless the file says otherwise), "last", "min" or "max".
        order: another metric, as "-summary_metrics.acc"; its last value counts.
        """
        if order is not None:
            states = ("finished", "stopped") + (("running",) if include_running else ())
            filters = {"state": {"$in": list(states)}}
            found = PublicRuns(self._server, "/sweeps/%s/runs" % self.id, {}, filters, order)
            return next((run for run in found if _sortable(_read_field(run, order.lstrip("+-")))), None)
        include = "running" if include_running else None
        ranked = self._server.get("/sweeps/%s/best" % self.id, n=1, summary=summary, include=include)["runs"]
        return PublicRun(self._server, ranked[0]) if ranked else None

    def pause(self):
        """Nothing new is proposed; runs go on."""
        return self._change("pause")

    def resume(self):
        return self._change("resume")

    def stop(self):
        """Lets the runs end, and proposes nothing more."""
        return self._change("stop")

    def cancel(self):
        """Ends the runs too."""
        return self._change("cancel")

    def _change(self, action):
        self._facts = self._server.post("/sweeps/%s/%s" % (self.id, action))["sweep"]
        return self

    def enqueue_run(self, config):
        """Puts a configuration into the sweep's queue; returns the id of its run, also when it was there already."""
        import json

        answer = self._server.post("/sweeps/%s/enqueue" % self.id, text=json.dumps(_as_dict(config)))
        return (answer["enqueued"] or answer["known"])[0]["runId"]

    def retry(self, where=None, max=None):
        """Failed and lost runs are worked again: all, or those that the filter takes. Returns their ids."""
        return self._server.post("/sweeps/%s/retry" % self.id, where=where, max=max)["retried"]

    def agents(self):
        return [_Facts(facts) for facts in self._server.get("/agents", sweep=self.id)["agents"]]

    def df(self):
        """Its runs as a table of pandas, one a row."""
        return _import_pandas().DataFrame([run._as_row() for run in self.runs])

    def __repr__(self):
        return "<Sweep %s (%s)>" % ("/".join(self.path), self.state)


def _import_pandas():
    try:
        import pandas
    except ImportError:
        raise SweepError("pandas is not installed; take `.runs`, whose items have .config and .summary") from None
    return pandas


class PublicRuns:
    """Runs on the server: a sequence that is loaded page by page, as far as it is read."""

    def __init__(self, server, path, query, filters=None, order=None):
        self._server = server
        self._path = path
        self._query = query
        self._takes = _compile_filter(filters)
        self._order = order or "+created_at"
        self._loaded = []
        self._total = None  # before filters that are looked at here
        self._offset = 0

    def where(self, text):
        """Those that the filter of `sweep help filters` takes, e.g. "state:finished lr<0.1 val_loss<0.3"."""
        return PublicRuns(self._server, self._path, dict(self._query, where=text), None, self._order)

    def _is_sorted_here(self):
        return self._order.lstrip("+-") not in ("created_at", "createdAt")

    def _load_page(self):
        """Returns whether there may be more."""
        if self._total is not None and self._offset >= self._total:
            return False
        sort = None if self._is_sorted_here() else "-created" if self._order.startswith("-") else "created"
        answer = self._server.get(self._path, sort=sort, offset=self._offset, limit=_PAGE_RUNS, **self._query)
        found = [PublicRun(self._server, facts) for facts in answer["runs"]]
        self._total = answer["total"] if found else self._offset
        self._offset += len(found)
        self._loaded += [run for run in found if self._takes(run)]
        return self._offset < self._total

    def _load(self, count=None):
        """At least so many (all without a count), in their order."""
        if self._is_sorted_here():
            if self._total is None:
                while self._load_page():
                    pass
                self._loaded = _sort_runs(self._loaded, self._order)
            return
        while (count is None or len(self._loaded) < count) and self._load_page():
            pass

    def __iter__(self):
        index = 0
        while True:
            self._load(index + 1)
            if index >= len(self._loaded):
                return
            yield self._loaded[index]
            index += 1

    def __len__(self):
        self._load()
        return len(self._loaded)

    def __getitem__(self, index):
        needs_all = isinstance(index, slice) or index < 0
        self._load(None if needs_all else index + 1)
        return self._loaded[index]

    def __repr__(self):
        return "<Runs of %s%s>" % (self._server.address, self._path)


class PublicRun:
    """A run on the server. What it says is from the time of its making, or of the last `load()`."""

    entity = Api.default_entity

    def __init__(self, server, facts, has_values=False):
        self._server = server
        self._take(facts, has_values)

    def _take(self, facts, has_values):
        self._facts = facts
        self._has_values = has_values
        self.name = facts["name"]
        self.tags = list(facts["tags"])
        self.notes = facts["notes"]
        self.config = facts["config"]
        self.summary = PublicSummary(self)

    def load(self, force=True):
        """Asks the server again."""
        self._take(self._server.get("/runs/" + self.id)["run"], True)
        return self

    id = property(lambda self: self._facts["id"])
    state = property(lambda self: self._facts["state"])
    project = property(lambda self: self._facts["project"])
    group = property(lambda self: self._facts["group"])
    job_type = property(lambda self: self._facts["jobType"])
    created_at = property(lambda self: self._facts["createdAt"])
    rank = property(lambda self: self._facts["rank"])
    attempts = property(lambda self: [_Facts(attempt) for attempt in self._facts["attempts"]])
    sweep_id = property(lambda self: self._facts["sweepId"])
    path = property(lambda self: [self.entity, self.project, self.id])

    @property
    def value(self):
        """Of the sweep's metric, as it is ranked; None when it has none."""
        return _number(self._facts["value"])

    @property
    def sweep(self):
        return None if self.sweep_id is None else PublicSweep(self._server, self.sweep_id)

    @property
    def url(self):
        start = "" if self.sweep_id is None else "/s/" + self.sweep_id
        return "%s%s/r/%s" % (self._server.address, start, self.id)

    @property
    def metadata(self):
        """Where the newest attempt comes from: host, git, Python, command; None when it did not tell."""
        return self._server.get("/runs/%s/provenance" % self.id)["provenance"]

    @property
    def lastHistoryStep(self):
        return max((row["_step"] for row in self.scan_history()), default=-1)

    def _values(self):
        if not self._has_values:
            self._facts = dict(self._server.get("/runs/" + self.id)["run"])
            self._has_values = True
        return self._facts.get("values") or {}

    def _rows(self):
        started_at = _epoch(self._facts["startedAt"] or self._facts["createdAt"])
        rows = []
        for item in self._server.get("/runs/%s/metrics" % self.id)["rows"]:
            numbers = {key: _number(value) for key, value in item["metrics"].items()}
            if rows and rows[-1]["_step"] == item["step"]:
                rows[-1].update(numbers)
                continue
            at = _epoch(item["time"])
            row = {"_step": item["step"], "_timestamp": at, "_runtime": max(0.0, at - started_at)}
            row.update(numbers)
            rows.append(row)
        return rows

    def scan_history(self, keys=None, page_size=None, min_step=None, max_step=None):
        """Every row as a dict, with `_step`, `_timestamp` and `_runtime`; with keys, those rows that have them all."""
        for row in self._rows():
            if min_step is not None and row["_step"] < min_step or max_step is not None and row["_step"] >= max_step:
                continue
            if keys is None:
                yield row
            elif all(key in row for key in keys):
                yield {key: row[key] for key in keys}

    def history(self, samples=500, keys=None, x_axis="_step", pandas=True, stream="default"):
        """At most so many rows, evenly taken, the first and the last among them: a table of pandas, or a list."""
        wanted = None if keys is None else list(dict.fromkeys([x_axis] + list(keys)))
        rows = list(self.scan_history(wanted))
        if samples and len(rows) > samples:
            last = len(rows) - 1
            rows = [rows[round(index * last / max(1, samples - 1))] for index in range(samples)]
        if not pandas:
            return rows
        try:
            return _import_pandas().DataFrame(rows)
        except SweepError:
            _note("pandas", "history() gives a list of dicts: pandas is not installed")
            return rows

    def update(self):
        """Sends name, tags and notes as they were set. Config and metrics are what was reported: they stay."""
        body = {"name": self.name, "tags": list(self.tags), "notes": self.notes}
        self._take(self._server.request("PATCH", "/runs/" + self.id, body)["run"], False)
        return self

    save = update

    def delete(self, delete_artifacts=False):
        """Erases a run that has ended."""
        self._server.request("DELETE", "/runs/" + self.id)

    def wait_until_finished(self, poll_seconds=2.0):
        while self.state in ("queued", "running", "preempted"):
            time.sleep(poll_seconds)
            self.load()

    def _as_row(self):
        row = {"id": self.id, "name": self.name, "state": self.state, "value": self.value}
        row.update(("config." + key, value) for key, value in _flatten(self.config))
        row.update(("summary." + key, value) for key, value in self.summary.items())
        return row

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError("this run has no %r; files and artifacts are read by W&B's own client, which can be used "
                             "with this server" % name)

    def __repr__(self):
        return "<Run %s (%s)>" % ("/".join(self.path), self.state)


class PublicSummary:
    """`summary[NAME]`: the last value; `summary["NAME.min"]`, `.max`, `.best`, and values that are no metrics."""

    def __init__(self, run):
        self._run = run

    def _metrics(self):
        return self._run._facts["summary"]

    def __getitem__(self, key):
        found = self._metric(key)
        return self._run._values()[key] if found is None else found

    def _metric(self, key):
        """What needs no request of its own; None when it is no metric."""
        metrics = self._metrics()
        if key in metrics:
            return _number(metrics[key]["last"])
        name, _, kind = str(key).rpartition(".")
        if name in metrics and kind in ("last", "min", "max", "best"):
            return _number(metrics[name][kind])
        return None

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def keys(self):
        values = [key for key in self._run._values() if key not in self._metrics()]
        return list(self._metrics()) + values

    def items(self):
        return [(key, self[key]) for key in self.keys()]

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())

    def __contains__(self, key):
        return self.get(key, self) is not self

    def __repr__(self):
        return repr(dict(self.items()))

    @property
    def _json_dict(self):
        return dict(self.items())


def _flatten(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict):
            for pair in _flatten(value, "%s%s." % (prefix, key)):
                yield pair
        else:
            yield prefix + key, value


# States as W&B's scripts name them.
_STATE_NAMES = {
    "pending": ("queued", "preempted"),
    "crashed": ("lost",),
    "killed": ("stopped", "cancelled"),
}


def _read_field(run, name, may_ask=False):
    """What a filter or an order calls `name`; None when the run has no such thing.

    may_ask: values that are no metrics are asked for, run by run.
    """
    head, _, rest = name.partition(".")
    if head == "config":
        if rest.endswith(".value"):
            rest = rest[:-len(".value")]
        return dict(_flatten(run.config)).get(rest, run.config.get(rest))
    if head in ("summary_metrics", "summaryMetrics", "summary"):
        return run.summary.get(rest) if may_ask else run.summary._metric(rest)
    plain = {
        "state": "state", "name": "id", "id": "id", "displayName": "name", "display_name": "name", "tags": "tags",
        "notes": "notes", "group": "group", "jobType": "job_type", "job_type": "job_type", "sweep": "sweep_id",
        "createdAt": "created_at", "created_at": "created_at", "project": "project", "value": "value", "rank": "rank",
    }
    if name not in plain:
        raise SweepError("%r is no field of a run; there are config.X, summary_metrics.X, %s" % (
            name, ", ".join(sorted(plain))))
    return getattr(run, plain[name])


def _compile_filter(filters):
    """A test for runs, of a filter written Mongo's way."""
    if filters is None:
        return lambda _run: True
    if not isinstance(filters, dict):
        raise SweepError("filters are a dict as {\"state\": \"finished\"}, found %s" % type(filters).__name__)
    tests = []
    for key, wanted in filters.items():
        if key in ("$and", "$or", "$nor"):
            inner = [_compile_filter(part) for part in wanted]
            combine = {"$and": all, "$or": any, "$nor": lambda found: not any(found)}[key]
            tests.append(lambda run, inner=inner, combine=combine: combine(test(run) for test in inner))
        elif key.startswith("$"):
            raise SweepError("filters know no %s here; there are $and, $or and $nor" % key)
        else:
            tests.append(_compile_field(key, wanted))
    return lambda run: all(test(run) for test in tests)


def _compile_field(name, wanted):
    conditions = wanted if isinstance(wanted, dict) and any(str(key)[:1] == "$" for key in wanted) else {"$eq": wanted}
    tests = []
    for operator, operand in conditions.items():
        if operator == "$not":
            inner = _compile_field(name, operand)
            tests.append(lambda run, inner=inner: not inner(run))
            continue
        test = _make_test(operator, operand)
        operands = operand if isinstance(operand, (list, tuple)) else [operand]
        may_ask = any(isinstance(one, str) for one in operands)  # no metric is a text
        tests.append(lambda run, test=test, may_ask=may_ask: test(_read_field(run, name, may_ask)))
    return lambda run: all(test(run) for test in tests)


def _make_test(operator, operand):
    import operator as comparisons

    if operator in ("$eq", "$ne"):
        return lambda value: _fits(value, operand) == (operator == "$eq")
    if operator in ("$in", "$nin"):
        return lambda value: any(_fits(value, one) for one in operand) == (operator == "$in")
    if operator == "$exists":
        return lambda value: (value is not None) == bool(operand)
    if operator == "$regex":
        import re

        pattern = re.compile(operand)
        return lambda value: isinstance(value, str) and pattern.search(value) is not None
    names = {"$gt": "gt", "$gte": "ge", "$lt": "lt", "$lte": "le"}
    if operator not in names:
        raise SweepError("filters know no operator %s; there are $eq $ne $in $nin $gt $gte $lt $lte $exists $regex $not"
                         % operator)
    compare = getattr(comparisons, names[operator])

    def test(value):
        try:
            return value is not None and bool(compare(value, operand))
        except TypeError:
            return False  # a text beside a number

    return test


def _fits(value, wanted):
    if isinstance(value, list) and not isinstance(wanted, list):
        return wanted in value  # a tag among tags
    return value == wanted or isinstance(wanted, str) and value in _STATE_NAMES.get(wanted, ())


def _sortable(value):
    return isinstance(value, (int, float, str)) and value == value


def _sort_runs(runs, order):
    """By one field, those without it last; `-` in front: the greatest first."""
    name = order.lstrip("+-")
    keyed = [(_read_field(run, name), run) for run in runs]
    texts = [pair for pair in keyed if isinstance(pair[0], str)]
    numbers = [pair for pair in keyed if _sortable(pair[0]) and not isinstance(pair[0], str)]
    rest = [run for value, run in keyed if not _sortable(value)]
    ordered = []
    for group in (numbers, texts):
        group.sort(key=lambda pair: pair[0], reverse=order.startswith("-"))
        ordered += [run for _, run in group]
    return ordered + rest


# ----------------------------------------------------------------------------------------- sweeps made and worked here

_made = []  # ids of the sweeps that this process made


def sweep(sweep, entity=None, project=None, prior_runs=None):
    """Creates a sweep from a dict (or a callable that gives one); returns its id.

    Without `program` and `command` in it, this script is what its agents run. In a process that works a run already
    it creates nothing and returns the id of that run's sweep, so that such a script may be its own program.
    prior_runs: ids (or runs of Api) of ended runs of the project, which the sweep takes for its own.
    """
    if os.environ.get("SWEEP_RUN_ID"):
        made = os.environ.get("SWEEP_MADE_HERE", "").split(",")
        number = len(_made)
        _made.append(made[number] if number < len(made) and made[number] else os.environ.get("SWEEP_ID"))
        return _made[-1]
    import json

    given = dict(_as_dict(sweep() if callable(sweep) else sweep))
    if not given.get("program") and not given.get("command"):
        given.pop("program", None)
        given["command"] = _own_command()
    server = _Server()
    project = project or os.environ.get("SWEEP_PROJECT") or os.environ.get("WANDB_PROJECT")
    text = json.dumps(given, indent=1)
    prior = [getattr(run, "id", run) for run in prior_runs] if prior_runs else None
    answer = server.post("/sweeps", text=text, source="sweep(config)", project=project, priorRuns=prior)
    for problem in answer["warnings"]:
        _note("config " + problem["path"], "%s: %s. %s" % (problem["path"], problem["message"], problem["hint"]))
    sys.stderr.write("sweep: created %s: %s\n" % (answer["id"], answer["url"]))
    _made.append(answer["id"])
    return answer["id"]


def _own_command():
    """This script with its arguments, for any agent in this folder."""
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if path is None:
        reason = "raise SystemExit('this sweep has no program: work it with sweep.agent(ID, function)')"
        return ["${env}", "${interpreter}", "-c", reason]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return ["${env}", "${interpreter}", "-m", spec.name] + sys.argv[1:]
    path = os.path.abspath(path)
    here = os.getcwd() + os.sep
    return ["${env}", "${interpreter}", path[len(here):] if path.startswith(here) else path] + sys.argv[1:]


def agent(sweep_id, function=None, entity=None, project=None, count=None):
    """Works a sweep with `sweep agent` in this process' place; returns the agent's exit code, 0 when all is done.

    function: called without arguments in a fresh process for each run (spawn: the main module is imported there, so
    what stands under `if __name__ == "__main__":` is not run again; where that guard is missing, the script runs there
    up to this call). Without a function the sweep's own command is run.
    count: leave after so many runs.
    """
    given = _split_path(sweep_id, "sweep")[1]
    if os.environ.get("SWEEP_RUN_ID"):
        return _work_here(given, function)
    import json
    import subprocess
    import tempfile

    server = _Server()
    ref = server.get("/resolve/" + _quote(given))["id"]
    words = _find_command() + ["agent", ref, "--slots", "1"] + (["--count", str(int(count))] if count else [])
    environment = dict(os.environ, SWEEP_SERVER=server.address, SWEEP_TOKEN=server.token)
    environment.update(SWEEP_MADE_HERE=",".join(_made), SWEEP_WORKED_REF=given)
    with tempfile.TemporaryDirectory(prefix="sweep-function-") as folder:
        if function is not None:
            path = os.path.join(folder, "work")
            with open(path, "wb") as file:
                file.write(_pack_work(function))
            code = "import sys; sys.path.insert(0, sys.argv[1]); import sweep; sweep._run_work(sys.argv[2])"
            here = os.path.dirname(os.path.abspath(__file__))
            words += ["--command", json.dumps([sys.executable, "-c", code, here, path])]
        exit_code = _wait(subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL))
    if exit_code not in (0, 21):
        _note("agent", "the agent ended with %d; see `sweep help exit-codes`" % exit_code)
    return exit_code


def _wait(child):
    """Ctrl-C on a terminal reaches the agent as well: it ends its run well, and then so do we."""
    import signal

    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            if not (sys.stdin is not None and sys.stdin.isatty()):
                child.send_signal(signal.SIGINT)


def _find_command():
    """The words that start the command `sweep`: SWEEP_COMMAND, the one on PATH, the one of this repository."""
    import shutil

    if os.environ.get("SWEEP_COMMAND"):
        import shlex

        return shlex.split(os.environ["SWEEP_COMMAND"])
    found = shutil.which("sweep")
    if found:
        return [found]
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bin", "sweep")
    if os.path.exists(beside) and shutil.which("node"):
        return ["node", os.path.normpath(beside)]
    raise SweepError("agent() needs the command `sweep`, which is not on PATH; install it, or set SWEEP_COMMAND")


def _pack_work(function):
    """What a fresh process needs to call the function: the main module's place, and the function by name."""
    import pickle

    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    place = {"sys_path": list(sys.path), "sys_argv": list(sys.argv), "dir": os.getcwd()}
    if spec is not None and spec.name:
        place["init_main_from_name"] = spec.name
    elif getattr(main, "__file__", None) is not None:
        place["init_main_from_path"] = os.path.abspath(main.__file__)
    is_by_name = getattr(function, "__module__", None) != "__main__" or len(place) > 3
    try:
        if not is_by_name:
            raise AttributeError("%r is defined in an interactive session" % function)
        packed = pickle.dumps(function)
    except Exception as error:
        try:
            import cloudpickle
        except ImportError:
            raise SweepError("agent() cannot give this function to a fresh process (%s); define it at the top level of "
                             "a file, or install cloudpickle" % error) from error
        packed = cloudpickle.dumps(function)
        place = {name: place[name] for name in ("sys_path", "sys_argv", "dir")}
    return pickle.dumps({"place": place, "function": packed})


def _run_work(path):
    """In the fresh process: imports the main module as it was, and calls the function."""
    import pickle
    from multiprocessing import spawn

    with open(path, "rb") as file:
        work = pickle.load(file)
    spawn.prepare(work["place"])
    pickle.loads(work["function"])()


def _work_here(given, function):
    """`agent` in a process that works a run already, as its script is imported or run again: calls the function."""
    if function is None or given not in (os.environ.get("SWEEP_ID"), os.environ.get("SWEEP_WORKED_REF")):
        return 0
    function()
    sys.exit(0)


def controller(sweep_id, entity=None, project=None):
    """The sweep, to pause, resume, stop and cancel it: what `Api().sweep(sweep_id)` gives. The server controls it."""
    return Api().sweep(sweep_id)


# ------------------------------------------------------------------------------------ W&B's names that do little here


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


class Artifact:
    """Files and folders under one name: `run.log_artifact` tells the server where they are, and copies nothing."""

    def __init__(self, name, type, description=None, metadata=None, **_ignored):
        self.name = str(name)
        self.type = str(type)
        self.description = description
        self.metadata = dict(metadata or {})
        self._files = {}

    def add_file(self, local_path, name=None, **_ignored):
        path = os.fspath(local_path)
        self._files[name or os.path.basename(path)] = _describe_file(path)
        return self

    def add_dir(self, local_path, name=None, **_ignored):
        start = os.fspath(local_path)
        for folder, _, names in os.walk(start):
            for file_name in sorted(names):
                path = os.path.join(folder, file_name)
                inner = os.path.relpath(path, start).replace(os.sep, "/")
                self._files["%s/%s" % (name, inner) if name else inner] = _describe_file(path)
        return self

    def add_reference(self, uri, name=None, **_ignored):
        self._files[name or str(uri)] = {"path": str(uri)}
        return self

    def wait(self, timeout=None):
        """Nothing is under way."""
        return self


def _describe_file(path):
    described = {"path": path if "://" in path else os.path.abspath(path)}
    try:
        described["bytes"] = os.stat(path).st_size
    except OSError:
        pass  # it may come yet, or be an address
    return described


def save(glob_str, base_path=None, policy="live"):
    """`run.save` of the current run."""
    current = _current("save")
    return [] if current is None else current.save(glob_str, base_path, policy)


def log_artifact(artifact_or_path, name=None, type=None, aliases=None, **ignored):
    """`run.log_artifact` of the current run."""
    current = _current("log_artifact")
    return artifact_or_path if current is None else current.log_artifact(artifact_or_path, name, type, aliases)


_NO_FILES = "files and code are not uploaded by this client; W&B's own does it, to this server too"
_IGNORED = {
    "watch": "gradients are not recorded",
    "unwatch": "gradients are not recorded",
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


_MEDIA = frozenset(
    "Audio Bokeh Classes Graph Histogram Html Image JoinedTable Molecule Object3D Plotly Settings Table "
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
