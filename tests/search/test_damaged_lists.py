"""Lists that no writer wrote: every kernel refuses them or answers, and lives.

The kernels run in a process of their own, since what is looked for ends it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import searchkit

TESTS = Path(__file__).resolve().parents[1]
PREAMBLE = """
from array import array
from helpers.twins_fields import Field, Streams
from helpers.twins_postings import encode_field
from searchkit.errors import CorruptIndexError
from searchkit.indexing.merge_kernel import merge_postings
from searchkit.segment.renumbering import Renumbering
from searchkit.search import windows
from searchkit.search.best import select
from searchkit.search.program import MUST, SHOULD, Program

DOCS = 1 << 20

def merge(field, streams, docs):
    numbers = [Renumbering(docs, None, 0)]
    merge_postings([(field.terms, field.postings)], numbers, streams.terms, streams.postings)

def blocks_out_of_order():
    postings = [(doc, 1, [0]) for doc in (*range(128), *range(DOCS // 2, DOCS // 2 + 128))]
    arrays = encode_field({b"t": postings}, [1] * DOCS)
    for name in ("bases", "lasts", "docs", "positions"):
        arrays["blocks." + name].reverse()
    return Field(arrays, [1] * DOCS)

def program_of(field, terms):
    program = Program(DOCS, None, None, "damaged")
    program.begin_boolean(MUST, 1)
    for _ in range(terms):
        program.add_term(SHOULD, field.postings, field.terms, 0, 1.0, 0.3, 0.1)
    program.end_boolean()
    return program
"""
JOBS = {
    "count": "windows.count(program_of(blocks_out_of_order(), 1))",
    "top": "windows.top(program_of(blocks_out_of_order(), 1), 10, 0.0)",
    "select from one": "select(program_of(blocks_out_of_order(), 1), 10, 0.0)",
    "select from two": "select(program_of(blocks_out_of_order(), 2), 10, 0.0)",
    "merge documents without end": """
arrays = encode_field({b"t": [(0, 2, [0, 1])]}, [2])
arrays["short"][:] = array("B", bytes(len(arrays["short"])))
field, streams = Field(arrays, [2]), Streams(1)
merge(field, streams, 1)
""",
    "merge blocks out of order": "merge(blocks_out_of_order(), Streams(DOCS), DOCS)",
}


def run(*arguments: str) -> str:
    """What a Python with these arguments prints; the test fails if it doesn't end well."""
    root = Path(searchkit.__file__).resolve().parents[1]
    path = os.pathsep.join([str(root), str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout


@pytest.mark.parametrize("job", sorted(JOBS.keys() - {"select from one"}))
def test_is_refused(job: str) -> None:
    indented = "\n".join("    " + line for line in JOBS[job].splitlines())
    code = f"{PREAMBLE}\ntry:\n{indented}\nexcept CorruptIndexError as error:\n    print(error)"
    assert "can't be read" in run("-c", code)


def test_skipped_blocks_may_go_unnoticed() -> None:
    """What isn't walked through isn't checked: there is an answer, or the error."""
    select = JOBS["select from one"]
    code = f"{PREAMBLE}\ntry:\n    {select}\nexcept CorruptIndexError as error:\n    pass"
    run("-c", code)


@pytest.mark.parametrize("first", [100, 800])
def test_damage_of_all_kinds(first: int) -> None:
    """Fields with up to four items changed: so many of them that chance plays no part."""
    noticed = int(run("-m", "helpers.twins_damage", str(first), "60"))
    assert 30 <= noticed <= 60
