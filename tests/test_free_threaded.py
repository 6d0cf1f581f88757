"""On a free-threaded Python nothing of ours brings the GIL back: indexing, searching, the shell."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a GIL"
)

LIBRARY = """
import sys
import searchkit as sk

schema = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(analyzer="english"), year=sk.Integer())
with sk.Index.create(sys.argv[1], schema) as index:
    with index.writer(threads=2, memory_mb=64) as writer:
        writer.add_many(
            {"id": str(i), "body": f"harbours {i} in the rain", "year": i} for i in range(20_000)
        )
    with index.writer() as writer:
        assert writer.delete_by_query("year:[0 TO 99]") == 100
        writer.optimize(reorder=True)
    queries = ['"in the rain"', "rain AND year:[500 TO 900]", "harb*", "rian~"] * 10
    for hits in index.search_many(queries, limit=5):
        assert len(hits) == 5
    hits = index.search("harbour year:19999", limit=1, functions=sk.Popularity("year", 2000))
    assert hits[0].fields["year"] == 19_999
    assert str(hits[0].snippet("body"))
assert not sys._is_gil_enabled()
"""

SHELL = """
import sys
from searchkit_cli.main import run

_, folder, index = sys.argv
for arguments in (
    "index FOLDER --index INDEX", "search rain --index INDEX --format json",
    "search rain --index INDEX", "get docs/notes.md --index INDEX", "stats --index INDEX",
    "optimize --reorder --index INDEX",
):
    words = arguments.replace("FOLDER", folder).replace("INDEX", index).split()
    assert run(words) == 0, arguments
assert not sys._is_gil_enabled()
"""


def run(program: str, *arguments: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library(tmp_path: Path) -> None:
    run(LIBRARY, tmp_path / "index")


def test_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    lines = [f'{{"id":"{number}","body":"rain on the harbour"}}\n' for number in range(100)]
    (tmp_path / "docs" / "records.jsonl").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "docs" / "notes.md").write_text("# Rain\n\nIt rained.\n", encoding="utf-8")
    run(SHELL, tmp_path / "docs", tmp_path / "index")
