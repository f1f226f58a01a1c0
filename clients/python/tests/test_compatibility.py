"""That the client runs on Python 3.8, read from its source: no other Python need be here."""

import ast
import os
import unittest

from tests.support import CLIENT_FOLDER

STANDARD_MODULES = {
    "__future__", "_thread", "atexit", "collections", "datetime", "glob", "http", "http.client", "json",
    "multiprocessing", "operator", "os", "pickle", "platform", "re", "shlex", "shutil", "signal", "socket",
    "subprocess", "sys", "tempfile", "threading", "time", "traceback", "urllib.parse",
}  # each is there in Python 3.8

# What came after 3.8 and reads like what was there before.
NEWER_ATTRIBUTES = {
    "removeprefix", "removesuffix", "bit_count", "cache", "batched", "pairwise", "is_relative_to", "with_stem",
    "hardlink_to", "pidfd_open", "waitstatus_to_exitcode", "add_note", "exception", "lcm", "nextafter", "randbytes",
    "unparse", "to_thread", "TaskGroup", "timeout_at", "StrEnum", "UTC", "getencoding", "process_cpu_count",
    "copy_file_range", "eventfd", "splice", "file_digest", "get_annotations", "stdlib_module_names", "orig_argv",
    "get_int_max_str_digits", "activate_stack_trampoline", "monitoring",
}
NEWER_KEYWORDS = {("zip", "strict"), ("dataclass", "slots"), ("bisect", "key"), ("shutdown", "cancel_futures")}
BUILTIN_GENERICS = {"list", "dict", "set", "tuple", "frozenset", "type", "deque"}
NEWER_BUILTINS = {"aiter", "anext", "EncodingWarning", "ExceptionGroup", "BaseExceptionGroup"}


def find_newer(source):
    """One sentence for everything in the source that Python 3.8 does not have."""
    found = []
    for node in ast.walk(ast.parse(source, feature_version=(3, 8))):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Attribute) and node.attr in NEWER_ATTRIBUTES:
            found.append("line %d: .%s" % (line, node.attr))
        elif isinstance(node, ast.Name) and node.id in NEWER_BUILTINS:
            found.append("line %d: %s" % (line, node.id))
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in BUILTIN_GENERICS:
            found.append("line %d: %s[...]" % (line, node.value.id))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            if any(isinstance(side, (ast.Dict, ast.DictComp)) for side in (node.left, node.right)):
                found.append("line %d: dict | dict" % line)
        elif isinstance(node, ast.With) and node.items[-1].context_expr.lineno != node.lineno:
            found.append("line %d: with (a, b) over several lines" % line)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if (name == "to_bytes" or name == "from_bytes") and len(node.args) < 2:
                found.append("line %d: %s() without a byte order" % (line, name))
            keywords = [word.arg for word in node.keywords if (name, word.arg) in NEWER_KEYWORDS]
            found.extend("line %d: %s(%s=)" % (line, name, keyword) for keyword in keywords)
            if name == "format_exception" and len(node.args) < 3:
                found.append("line %d: format_exception() of one argument" % line)
    return found


class CompatibilityTest(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(CLIENT_FOLDER, "sweep.py"), encoding="utf-8") as file:
            self.source = file.read()

    def test_uses_nothing_that_python_3_8_does_not_have(self):
        self.assertEqual(find_newer(self.source), [])

    def test_imports_the_standard_library_alone(self):
        imported = set()
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
        optional = {"cloudpickle", "pandas"}  # used where somebody has installed them, and done without elsewhere
        self.assertLessEqual(imported, STANDARD_MODULES | optional)

    def test_the_check_finds_what_is_newer(self):
        for source in ("'ab'.removeprefix('a')", "x = list[int]", "{} | y", "zip(a, b, strict=True)", "aiter(x)",
                       "(1).to_bytes()", "traceback.format_exception(error)"):
            self.assertEqual(len(find_newer(source)), 1, source)
        for source in ("match x:\n  case 1: pass", "try: pass\nexcept* E: pass", "def f[T](x): pass"):
            self.assertRaises(SyntaxError, find_newer, source)
