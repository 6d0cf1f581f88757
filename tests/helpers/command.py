"""The installed command, run as a user runs it, and files for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).parent / "searchkit"

FILES = {
    "notes/rain.md": "# Rain on the harbour\n\nIt **rained** on the harbour, and the main part of "
    "the fleet stayed in.\n",
    "notes/empty-harbour.txt": "The harbour was empty.\n",
    "notes/letter.txt": "Letter to the mayor\n\nThe part that is main is the harbour wall.\n",
    "pages/wall.html": "<html><head><title>The wall &amp; the sea</title><style>p {}</style>"
    "</head><body><p>The sea wall broke in <b>January</b>.</p></body></html>",
    "data.jsonl": '{"title": "First record", "body": "A storm in the harbour.", "stars": 4, '
    '"tags": ["sea", "storm"]}\n\n{"title": "Second record", "author": {"name": "Ann"}}\n',
}


class Result:
    """What a run of the command gave."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


def environment(**more: str) -> dict[str, str]:
    """The tests' environment without what the command would read of it."""
    unwanted = {"SEARCHKIT_INDEX", "SEARCHKIT_TRACEBACK", "TERM"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PYTHONUTF8": "1", **more}


def run_command(*arguments: str | bytes, cwd: Path, stdin: bytes = b"", **more: str) -> Result:
    """Runs ``searchkit`` in a folder; ``more`` are variables of its environment."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        timeout=120,
    )
    result = Result(done)
    assert "Traceback" not in result.err
    return result


def write_files(folder: Path) -> None:
    """The sample files, below ``folder``."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
