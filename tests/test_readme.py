"""README's Python blocks print what stands behind them."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from searchkit.query import parse

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


def test_every_form_of_a_query_is_one() -> None:
    """What the first column of the table of queries has, strictly."""
    table = README.partition("| form | finds |\n|---|---|\n")[2].partition("\n\n")[0]
    forms = re.findall(r"`([^`]+)`", " ".join(row.split(" | ")[0] for row in table.split("\n")))
    assert len(forms) > 25
    for form in forms:
        if "…" not in form:
            assert parse(form.replace("\\|", "|"), None, strict=True).diagnostics == []


def test_every_python_block_has_its_output() -> None:
    assert len(SNIPPETS) == README.count("```python\n") >= 2


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippet(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, expected = SNIPPETS[number]
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue() == expected
