"""Reads the project's own Python as syntax trees, for guards that look for what may not be."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "townhall"


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Return each Python file of the package by its path from the root, parsed once."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every module that `tree` imports, and `module.name` for names from one; with lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def attributes(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every dotted name that `tree` mentions, such as `time.time`; with lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno


def called(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the name of every call, written as in the source; with lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
