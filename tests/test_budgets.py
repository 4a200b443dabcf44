"""The budgets of DESIGN 2: how long modules and functions are, and how much is on a line."""

import ast
from bisect import bisect
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "runtime", "ingress", "workers")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

MODULE_LINES = 200
FUNCTION_LINES = 40
MEDIAN_FUNCTION_LINES = 10
NODES_A_LINE = 5.8
"""Of a package; the aim is 5.5, and this may only go down.

By the same count: gidgethub 4.8, dramatiq 4.6, procrastinate 4.2.
"""
NODES_A_LINE_OF_A_MODULE = 7.1
"""The aim is 6.5, and this may only go down."""
WORTH_COUNTING = 20
"""Lines of code in a module's functions: below, a single expression decides."""
STATEMENTS_WITHOUT_AIR = 12
"""In a row, without an empty line between them."""
FORBIDDEN_NAMES = {"utils", "common", "core", "base", "helpers"}

pytestmark = pytest.mark.xdist_group("budgets")  # so that each module is read once

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Body:
    """What a function does: its lines without signature and docstring."""

    nodes: int
    lines: list[str]
    statements: list[int]
    """On which of these lines a statement begins."""

    @property
    def code_lines(self) -> int:
        """Lines that are neither empty nor a comment."""
        stripped = [line.strip() for line in self.lines]
        return sum(1 for line in stripped if line and not line.startswith("#"))

    @property
    def most_without_air(self) -> int:
        """Statements of the longest block without an empty line."""
        empty = [at for at, line in enumerate(self.lines) if not line.strip()]
        blocks = Counter(bisect(empty, at) for at in self.statements)
        return max(blocks.values())


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax of a module."""
    return ast.parse(path.read_text())


@cache
def lines_of(path: Path) -> list[str]:
    """Return the lines of a module."""
    return path.read_text().splitlines()


@cache
def functions(path: Path) -> list[Function]:
    """Return the functions of a module, nested ones too."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Return the lines of a function, its signature and docstring with it."""
    return (function.end_lineno or 0) - function.lineno + 1


@cache
def body(path: Path, function: Function) -> Body | None:
    """Return what a function does; None where it only has a docstring."""
    statements = function.body
    if ast.get_docstring(function) is not None:
        statements = statements[1:]
    if not statements:
        return None

    nodes = [node for statement in statements for node in ast.walk(statement)]
    counted = [node for node in nodes if not isinstance(node, ast.expr_context)]
    first = statements[0].lineno
    lines = lines_of(path)[first - 1 : function.end_lineno]
    begins = [node.lineno - first for node in nodes if isinstance(node, ast.stmt)]
    return Body(len(counted), lines, begins)


def bodies(paths: list[Path]) -> list[Body]:
    """Return what all functions of some modules do."""
    found = [body(path, function) for path in paths for function in functions(path)]
    return [one for one in found if one is not None]


def nodes_a_line(found: list[Body]) -> float:
    """Return the syntax nodes on a line of code."""
    return sum(one.nodes for one in found) / sum(one.code_lines for one in found)


def named(path: Path) -> str:
    """Name a module as somebody would look for it."""
    return str(path.relative_to(ROOT))


def test_each_module_keeps_its_budget() -> None:
    long = {named(path): len(lines_of(path)) for path in MODULES}
    assert {} == {path: lines for path, lines in long.items() if lines >= MODULE_LINES}

    packed = {named(path): nodes_a_line(bodies([path])) for path in worth_counting()}
    assert {} == {path: nodes for path, nodes in packed.items() if nodes > NODES_A_LINE_OF_A_MODULE}

    parts = {named(path): set(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES}
    assert {} == {path: words for path, words in parts.items() if words & FORBIDDEN_NAMES}


def worth_counting() -> list[Path]:
    """Return the modules whose functions have enough lines of code."""
    counts = {path: sum(one.code_lines for one in bodies([path])) for path in MODULES}
    return [path for path, lines in counts.items() if lines >= WORTH_COUNTING]


def test_each_function_keeps_its_budget() -> None:
    found = {
        f"{named(path)}:{one.lineno} {one.name}": (path, one)
        for path in MODULES
        for one in functions(path)
    }
    long = {name: length(function) for name, (_, function) in found.items()}
    assert {} == {name: lines for name, lines in long.items() if lines > FUNCTION_LINES}

    does = {name: body(path, function) for name, (path, function) in found.items()}
    airless = {name: one.most_without_air for name, one in does.items() if one is not None}
    assert {} == {name: most for name, most in airless.items() if most > STATEMENTS_WITHOUT_AIR}


def test_a_line_assigns_one_thing() -> None:
    assignments = [
        (f"{named(path)}:{node.lineno}", node)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
    ]
    packed = [
        f"{place}: {ast.unparse(one)}"
        for place, one in assignments
        if isinstance(one.targets[0], ast.Tuple) and isinstance(one.value, ast.Tuple)
    ]
    assert [] == packed


def test_half_of_all_functions_are_short() -> None:
    lengths = [length(function) for path in MODULES for function in functions(path)]
    assert median(lengths) <= MEDIAN_FUNCTION_LINES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_not_packed(package: str) -> None:
    modules = [path for path in MODULES if path.is_relative_to(ROOT / package)]
    density = nodes_a_line(bodies(modules))
    assert density <= NODES_A_LINE, f"{density:.1f} syntax nodes a line"
