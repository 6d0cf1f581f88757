"""What the project promises about itself: its README, its layout, its public names."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import searchkit
import searchkit.errors

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = sorted(
    path for path in (ROOT / "searchkit").rglob("*") if "__pycache__" not in path.parts
)
PYTHON = [path for path in LIBRARY if path.suffix == ".py"]
CYTHON = [path for path in LIBRARY if path.suffix in (".pyx", ".pxd")]
COMMAND_LINE = sorted((ROOT / "cli").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def shell_blocks() -> list[str]:
    """The texts of the README's `sh` blocks, in order."""
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)


def test_readme_begins_with_two_commands_of_one_line() -> None:
    first, second = shell_blocks()[:2]
    for block in (first, second):
        assert len(block.splitlines()) == 1
        assert block.startswith("python3 -m venv .venv && ")
        assert "activate" not in block
    assert "searchkit index seeds/" in first and "searchkit search" in first
    assert "[test]" in second and "pytest" in second


def test_every_path_in_architecture_exists() -> None:
    """Backquoted words that begin with a folder of the project or of searchkit/ are paths."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    folders = {
        path.name: path
        for base in (ROOT / "searchkit", ROOT)
        for path in base.iterdir()
        if path.is_dir()
    }
    named = [word for word in re.findall(r"`([^`\s]+)`", text) if "/" in word]
    paths = [word for word in named if word.partition("/")[0] in folders]
    missing = [
        word
        for word in paths
        if not list(folders[word.partition("/")[0]].parent.glob(word.rstrip("/")))
    ]
    assert missing == []
    assert any(word.startswith("searchkit/") for word in paths)


def test_every_kernel_has_its_types() -> None:
    kernels = [path for path in LIBRARY if path.suffix == ".pyx"]
    assert kernels
    assert [name_of(path) for path in kernels if not path.with_suffix(".pyi").exists()] == []


@pytest.mark.parametrize("path", PYTHON + COMMAND_LINE, ids=name_of)
def test_python_module_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", CYTHON, ids=name_of)
def test_cython_module_has_a_docstring(path: Path) -> None:
    first = re.sub(r"\A(?:\s|#[^\n]*\n)*", "", path.read_text("utf-8"))
    assert first.startswith('"""')


def test_every_header_begins_with_a_comment() -> None:
    headers = [path for path in LIBRARY if path.suffix == ".h"]
    begins = {name_of(path): path.read_text("utf-8").lstrip()[:2] for path in headers}
    assert {name for name, start in begins.items() if start not in ("/*", "//")} == set()


def test_no_star_imports() -> None:
    star = re.compile(r"^\s*(?:from\s+\S+\s+)c?import\s+\*", re.M)
    files = [*PYTHON, *CYTHON, *COMMAND_LINE]
    assert [name_of(path) for path in files if star.search(path.read_text("utf-8"))] == []


def test_setup_cfg_lists_every_package() -> None:
    """They are listed by hand, so one could be forgotten, and then wheels lack it."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    folders = [path.parent for path in PYTHON + COMMAND_LINE if path.name == "__init__.py"]
    names = {name_of(folder).replace("/", ".").replace("\\", ".") for folder in folders}
    expected = {re.sub(r"^cli\b", "searchkit_cli", name) for name in names}
    assert set(config["options"]["packages"].split()) == expected


def test_public_names_exist() -> None:
    assert len(searchkit.__all__) == len(set(searchkit.__all__))
    assert [name for name in searchkit.__all__ if not hasattr(searchkit, name)] == []


def test_every_exception_is_public_and_has_a_hint() -> None:
    for name, thing in vars(searchkit.errors).items():
        if not isinstance(thing, type) or thing.__module__ != searchkit.errors.__name__:
            continue
        if issubclass(thing, BaseException):
            assert name in searchkit.__all__
            assert getattr(searchkit, name) is thing
            assert issubclass(thing, searchkit.SearchkitError)


def test_version_is_the_distributions() -> None:
    assert searchkit.__version__ == importlib.metadata.version("searchkit-fts")


HEAVY = {
    "charset_normalizer",
    "click",
    "dataclasses",
    "inspect",
    "nltk",
    "numpy",
    "orjson",
    "rich",
    "typing",
    "zstandard",
}


def test_import_loads_nothing_heavy() -> None:
    program = "import sys; old = set(sys.modules); import searchkit; print(*set(sys.modules) - old)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert HEAVY.intersection(run.stdout.split()) == set()


def test_dir_names_what_is_imported_later() -> None:
    program = "import searchkit; assert not {*searchkit.__all__} - {*dir(searchkit)}"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.timing
@pytest.mark.skipif(resource is None, reason="no resource module on Windows")
def test_import_takes_less_than_30_ms() -> None:
    """Beyond Python's own start; the fastest of several runs of each, alternating.

    Processor time, since what else the machine does would count in the wall's; with
    bytecode kept, as on a user's machine.
    """
    kept = {n: value for n, value in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}

    def seconds(program: str) -> float:
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", program], check=True, env=kept)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime

    runs = [(seconds("import searchkit"), seconds("pass")) for _ in range(12)]
    assert min(run[0] for run in runs) - min(run[1] for run in runs) < 0.030
