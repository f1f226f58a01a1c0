"""Prints every GraphQL document of the installed W&B client as JSON: [{"source", "text"}].

Run with the Python of the client's environment. Documents stand in its modules as texts, some put together from parts
by name, and in the wandb-core binary. Nothing of the client is kept: names of fields are read where it is installed.
"""

import ast
import importlib
import json
import pathlib
import re
import sys

import wandb

ROOT = pathlib.Path(wandb.__file__).parent
OPERATION = re.compile(r"\b(query|mutation|subscription)\b[^{]*\{|^\s*(#graphql\s*)?\{\s*\w+", re.S)
NAMED = re.compile(r"\b(query|mutation)\s+\w+\s*[({]")
# What stands in for a name inside of a text: every variant that the client makes.
VARIANTS = [
    {"fragment": "RUN_FRAGMENT", "fragment_name": "=RunFragment", "node": "=history"},
    {"fragment": "LIGHTWEIGHT_RUN_FRAGMENT", "fragment_name": "=LightweightRunFragment", "node": "=events"},
]
# `wandb sweep` replaces it by one of several, of which this asks for the most.
PLACEHOLDER = ("_PROJECT_QUERY_", "project { id name entity { id name } }")


def main():
    documents = []
    for path in sorted(ROOT.rglob("*.py")):
        if "vendor" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        if NAMED.search(text):
            documents.extend(from_module(path, text))
    documents.extend(from_binary(ROOT / "bin" / "wandb-core"))
    json.dump(documents, sys.stdout)


def from_module(path, text):
    source = str(path.relative_to(ROOT))
    name = "wandb." + source[: -len(".py")].replace("/", ".").removesuffix(".__init__")
    tree = ast.parse(text)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if has_docstring(node)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    formatted = {id(node.func.value) for node in ast.walk(tree) if is_format(node)}
    for node in ast.walk(tree):
        if id(node) in docstrings or id(node) in inside:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in formatted:
            texts = [node.value]
        elif isinstance(node, ast.JoinedStr):
            texts = [compose(node, name, variant, tree) for variant in VARIANTS]
        elif is_format(node) and isinstance(node.func.value, ast.Constant):
            texts = fill(node, name)
        else:
            continue
        for one in dict.fromkeys(texts):
            if NAMED.search(one):
                yield {"source": f"{source}:{node.lineno}", "text": one.replace(*PLACEHOLDER)}


def has_docstring(node):
    holds = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    return holds and bool(node.body) and isinstance(node.body[0], ast.Expr)


def is_format(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def compose(node, module, variant, tree):
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(part.value)
        elif is_join(part.value):
            parts.append(part.value.func.value.value.join(items_of(part.value.args[0].id, tree)))
        else:
            parts.append(value_of(part.value, module, variant))
    return "".join(parts)


def is_join(node):
    """`", ".join(names)`"""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "join"
        and isinstance(node.func.value, ast.Constant)
        and isinstance(node.args[0], ast.Name)
    )


def items_of(name, tree):
    """Every text that is put into a list of this name: the whole of what may be asked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(is_name(one, name) for one in node.targets):
            yield from texts_in(node.value)
        elif isinstance(node, ast.AugAssign) and is_name(node.target, name):
            yield from texts_in(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "append" and is_name(node.func.value, name):
                yield from texts_in(node.args[0])


def is_name(node, name):
    return isinstance(node, ast.Name) and node.id == name


def texts_in(node):
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def fill(node, module):
    text = node.func.value.value
    if not isinstance(text, str):
        return []
    if not NAMED.search(text):
        return []
    texts = []
    for variant in VARIANTS:
        values = [value_of(one, module, variant) for one in node.args]
        named = {one.arg: value_of(one.value, module, variant) for one in node.keywords}
        try:
            texts.append(text.format(*values, **named))
        except (IndexError, KeyError, ValueError):
            texts.append(text)
    return texts


def value_of(node, module, variant):
    """A name's value: of the variant, else of the module; an empty text where a choice leaves something out."""
    if isinstance(node, ast.Name):
        known = variant.get(node.id, node.id)
        if known.startswith("="):
            return known[1:]
        return str(getattr(importlib.import_module(module), known, f"<{node.id}>"))
    if isinstance(node, ast.IfExp):
        return value_of(node.body if variant is VARIANTS[0] else node.orelse, module, variant)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return f"<{ast.unparse(node)}>"


def from_binary(path):
    data = path.read_bytes()
    for found in re.finditer(rb"\n(query|mutation) ([A-Z]\w*)[^{\n]{0,4000}\{\n", data):
        depth = 0
        for end in range(found.end() - 2, found.start() + 20_000):
            byte = data[end : end + 1]
            if byte == b"{":
                depth += 1
            elif byte == b"}":
                depth -= 1
                if depth == 0:
                    break
        text = data[found.start() + 1 : end + 1].decode("latin-1")
        rest = data[end + 1 : end + 20_000].decode("latin-1")
        yield {"source": "bin/wandb-core", "text": text + fragments(rest)}


def fragments(rest):
    """Fragments follow their operation, in the same text."""
    text = ""
    while (found := re.match(r"\n(fragment \w+ on \w+ \{\n(?:[\t}].*\n?)*?\})", rest)) is not None:
        text += found.group(0)
        rest = rest[found.end() :]
    return text


main()
