"""Imports run one way: of `.py`, `.pyx` and `.pxd`, `import` and `cimport` alike.

import-linter checks the same layers (setup.cfg) for `.py` alone; it cannot read Cython.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the top. A name imports the layers below its own, and itself.
LAYERS = [
    {"cli"},
    {"searchkit"},  # searchkit/__init__.py: the public names
    {"index", "writer"},
    {"results", "maintenance"},
    {"search"},
    {"indexing"},
    {"segment"},
    {"schema"},
    {"fields"},
    {"dates"},
    {"analysis", "query", "storage"},
    {"errors"},
    {"private"},  # searchkit/_*: small helpers that know nothing
]
HEIGHT = {name: -number for number, names in enumerate(LAYERS) for name in names}
ONE_IDEA = {"index", "writer"}  # two halves of one facade, which may name each other

# A string or a comment; in a docstring `import searchkit` is no import.
QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""' r"|'''(?:\\.|[^\\])*?'''"
    r'|"(?:\\.|[^"\\\n])*"' r"|'(?:\\.|[^'\\\n])*'" r"|#[^\n]*",
    re.DOTALL,
)  # fmt: skip
STATEMENT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+c?import[ \t]+(\([^)]*\)|[^\n;]+)"
    r"|c?import[ \t]+([^\n;]+))",
    re.MULTILINE,
)


def source_files() -> list[Path]:
    return sorted(
        path
        for folder in ("searchkit", "cli")
        for ending in ("py", "pyx", "pxd")
        for path in (ROOT / folder).rglob(f"*.{ending}")
    )


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path) for path in source_files()}


def layer_of(module: str) -> str | None:
    """The name in LAYERS that a module belongs to, None for other people's modules."""
    first, _, rest = module.partition(".")
    if first in ("cli", "searchkit_cli"):
        return "cli"
    if first != "searchkit":
        return None
    if not rest:
        return "searchkit"
    name = rest.partition(".")[0]
    return "private" if name.startswith("_") else name


def absolute(module: str, is_package: bool, dots: int, name: str) -> str:
    """A module's name, spelled relatively with `dots` leading dots within `module`."""
    if not dots:
        return name
    parts = module.split(".")
    keep = len(parts) - dots + (1 if is_package else 0)
    return ".".join(parts[:keep] + ([name] if name else []))


def targets(base: str, names: list[str]) -> Iterator[str]:
    """What `from base import names` imports: sub-modules where there are such, else the base."""
    for name in names:
        yield f"{base}.{name}" if f"{base}.{name}" in MODULES else base


def imports_of_python(path: Path, *, typing: bool) -> Iterator[str]:
    """Modules that a .py file imports; `typing`: those under `if TYPE_CHECKING` too."""
    module, is_package = module_of(path), path.stem == "__init__"
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and not typing:
            waiting.extend(node.orelse)
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, is_package, node.level, node.module or "")
            yield from targets(base, [alias.name for alias in node.names])


def imports_of_cython(module: str, text: str) -> Iterator[str]:
    """Modules that the text of a .pyx or .pxd file imports or cimports."""
    text = QUOTED.sub(" ", text).replace("\\\n", " ")
    for base, listed, plain in STATEMENT.findall(text):
        names = [
            part.split()[0] for part in (listed or plain).strip("()").split(",") if part.split()
        ]
        if plain:
            yield from names
        else:
            bare = base.lstrip(".")
            yield from targets(absolute(module, False, len(base) - len(bare), bare), names)


def imports_of(path: Path, *, typing: bool = True) -> set[str]:
    if path.suffix == ".py":
        return set(imports_of_python(path, typing=typing))
    return set(imports_of_cython(module_of(path), path.read_text("utf-8")))


def breach(importer: str, imported: str) -> str | None:
    """What is wrong with this import, None where nothing is."""
    upper, lower = layer_of(importer), layer_of(imported)
    if lower is None or upper is None:
        return None
    for name in (upper, lower):
        if name not in HEIGHT:
            return f"`{name}` stands in no layer"
    if upper == "cli" and lower != "cli" and imported != "searchkit":
        return f"cli uses the public names of searchkit alone, not {imported}"
    if upper == lower and upper != "searchkit":
        return None
    if HEIGHT[lower] < HEIGHT[upper] or {upper, lower} == ONE_IDEA:
        return None
    return f"{upper} may not import {lower}"


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards(path: Path) -> None:
    found = {imported: breach(module_of(path), imported) for imported in imports_of(path)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_no_import_cycles() -> None:
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for path in source_files():
        module = module_of(path)
        graph[module] |= (imports_of(path, typing=False) & MODULES) - {module}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"these import each other: {' <- '.join(error.args[1])}")


CYTHON = '''"""A docstring:

import searchkit.writer
"""
from libc.stdint cimport uint8_t, uint32_t
cimport cython
import searchkit.index as one, searchkit.results
from searchkit.segment cimport (
    codec,  # from searchkit.maintenance import x
    terms as other,
)
from .window cimport thing
if True:
    from searchkit.storage.lock import Lock
cdef extern from "codec.h" nogil:
    int x
'''


def test_the_reader_of_cython_sees_every_form() -> None:
    found = set(imports_of_cython("searchkit.search.example", CYTHON))
    assert {name.removesuffix(".codec").removesuffix(".terms") for name in found} == {
        "libc.stdint",
        "cython",
        "searchkit.index",
        "searchkit.results",
        "searchkit.segment",
        "searchkit.search.window",
        "searchkit.storage.lock",
    }


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("searchkit.search.plan", "searchkit.segment.codec", True),
        ("searchkit.segment.codec", "searchkit.search.plan", False),
        ("searchkit.analysis.scan", "searchkit.storage.lock", False),
        ("searchkit.index", "searchkit.writer", True),
        ("searchkit.results.hits", "searchkit.maintenance.stats", False),
        ("searchkit.errors", "searchkit._build_info", True),
        ("searchkit.errors", "searchkit", False),
        ("searchkit.newcomer", "searchkit.errors", False),
        ("searchkit", "searchkit.index", True),
        ("searchkit.search.plan", "cli.main", False),
        ("cli.search", "searchkit", True),
        ("cli.search", "cli.output", True),
        ("cli.search", "searchkit.search.plan", False),
        ("searchkit.schema", "os.path", True),
    ],
)
def test_rules(importer: str, imported: str, allowed: bool) -> None:
    assert (breach(importer, imported) is None) is allowed
