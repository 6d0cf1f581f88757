"""The other commands, how errors are told, and where output goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import searchkit as sk
from helpers.command import PROGRAM, Run, environment
from searchkit_cli import main

COMMANDS = ["index", "search", "count", "explain", "get", "stats", "analyze", "delete", "optimize"]


def test_help_names_every_command(run: Run, tmp_path: Path) -> None:
    shown = run("--help", cwd=tmp_path)
    assert shown.code == 0
    assert [line.split()[0] for line in shown.lines if line[:2] == "  " and line[2:3].isalpha()][
        -len(COMMANDS) - 1 : -1
    ] == COMMANDS
    assert run("--version", cwd=tmp_path).out == f"searchkit {sk.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, tmp_path: Path, command: str) -> None:
    shown = run(command, "--help", cwd=tmp_path)
    assert shown.code == 0 and shown.out.startswith(f"Usage: searchkit {command} ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Usage: searchkit"),
        (("serch", "x"), "did you mean 'search'?"),
        (("search",), "Missing argument 'QUERY...'"),
        (("search", "--limt", "5", "x"), "Did you mean"),
        (("search", "--limit", "-1", "x"), "not in the range"),
        (("search", "--format", "xml", "x"), "'xml' is not one of"),
        (("search", "--index", "nowhere", "x"), "there is no index in"),
        (("delete",), "name either keys or a --query"),
        (("delete", "a", "--query", "b"), "name either keys or a --query"),
        (("index",), "Missing argument 'PATHS...'"),
        (("analyze", "--analyzer", "klingon", "x"), "no analyzer named 'klingon'"),
    ],
)
def test_errors_are_a_sentence_and_2(
    run: Run, indexed: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(*arguments, cwd=indexed)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "fault of searchkit" not in result.err


def test_get(run: Run, indexed: Path) -> None:
    shown = run("get", "notes/letter.txt", cwd=indexed)
    assert shown.lines == [
        "path: notes/letter.txt",
        "title: Letter to the mayor",
        "body: The part that is main is the harbour wall.",
    ]
    record = run("get", "--format", "json", "data.jsonl#1", cwd=indexed).json()
    assert record["tags"] == ["sea", "storm"]
    missing = run("get", "nothing", cwd=indexed)
    assert (missing.code, missing.out) == (1, "") and "no document 'nothing'" in missing.err
    assert "keys are paths as search shows them" in missing.err


def test_keys_may_be_paths_from_here(run: Run, indexed: Path) -> None:
    for key in ("letter.txt", "./letter.txt", "../data.jsonl#1", str(indexed / "pages/wall.html")):
        assert run("get", key, cwd=indexed / "notes").code == 0, key


def test_get_shows_long_texts_last(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"body": "one\\ntwo", "n": 1, "done": true}\n')
    run("index", "r.jsonl", cwd=tmp_path)
    assert run("get", "r.jsonl#1", cwd=tmp_path).lines == [
        "n: 1", "done: true", "path: r.jsonl#1", "", "body:", "one", "two"
    ]  # fmt: skip


def test_stats(run: Run, indexed: Path) -> None:
    numbers = run("stats", "--format", "json", cwd=indexed).json()
    assert (numbers["documents"], numbers["deleted"]) == (6, 0)
    assert numbers["fields"]["title"]["documents"] == 6
    assert numbers["fields"]["stars"]["terms"] is None
    assert sum(segment["documents"] for segment in numbers["segments"]) == 6
    lines = run("stats", cwd=indexed).lines
    assert lines[1].split() == ["documents", "6"]
    assert "of new segments" in lines[4]
    assert lines[4].endswith("MB by merges (write amplification 1.00)")
    assert ["title", "text", "6"] in [line.split()[:3] for line in lines]


def test_analyze(run: Run, tmp_path: Path) -> None:
    shown = run("analyze", "Running", "-naïve", "日本", cwd=tmp_path)
    assert [line.split() for line in shown.lines] == [
        ["position", "start", "end", "term"],
        ["0", "0", "7", "run"],
        ["1", "9", "14", "naïv"],
        ["2", "15", "16", "日"],
        ["3", "16", "17", "本"],
    ]
    standard = run("analyze", "--analyzer=standard", "--format=jsonl", "Running", cwd=tmp_path)
    assert standard.json() == {"term": "running", "position": 0, "start": 0, "end": 7}
    assert run("analyze", "...", cwd=tmp_path).code == 1


def test_delete(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    done = run("delete", "notes/rain.md", "nothing", cwd=folder)
    assert done.code == 0 and done.out == ""
    assert str(folder / ".searchkit") in done.err
    assert "there is no document 'nothing'" in done.err and "1 document deleted" in done.err
    assert (folder / "notes/rain.md").exists()
    assert run("get", "notes/rain.md", cwd=folder).code == 1
    strict = run("delete", "--query", "titel:letter", cwd=folder)
    assert strict.code == 2 and "  titel:letter\n  ^^^^^\n" in strict.err
    assert run("delete", "--query", "-wall", cwd=folder).code == 0
    left = run("search", "--format", "paths", "*:*", cwd=folder).lines
    assert sorted(left) == ["notes/letter.txt", "pages/wall.html"]
    none = run("delete", "--query", "zebra", cwd=folder)
    assert none.code == 1 and "0 documents deleted" in none.err


def test_optimize(run: Run, folder: Path) -> None:
    for name in ("notes", "pages", "data.jsonl"):
        run("index", name, cwd=folder)
    run("delete", "notes/rain.md", cwd=folder)
    done = run("optimize", cwd=folder)
    assert done.code == 0 and "became 1 segment of" in done.err
    numbers = run("stats", "--format", "json", cwd=folder).json()
    assert (len(numbers["segments"]), numbers["documents"], numbers["deleted"]) == (1, 5, 0)
    done = run("optimize", "--reorder", "--reorder-mb", "32", cwd=folder)
    assert done.code == 0 and "1 segment of" in done.err
    done = run("optimize", "--reorder", "--reorder-mb", "3", cwd=folder)
    assert done.code == 2 and "16" in done.err


def test_a_closed_pipe_is_silent(indexed: Path) -> None:
    for arguments in (["search", "harbour"], ["--help"], ["stats"]):
        with subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=indexed,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_output_that_cannot_be_written_is_an_error(indexed: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [PROGRAM, "search", "harbour"],
            cwd=indexed,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"searchkit: writing failed: No space left")
    assert b"Traceback" not in done.stderr


def test_output_of_other_encodings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Dvořák and 日本")
    run("index", ".", cwd=tmp_path)
    found = run("search", "dvořák", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert found.code == 0 and "[Dvo??k] and ??" in found.out
    answer = run("search", "--format=json", "dvořák", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert answer.json()["hits"][0]["fields"]["body"] == "Dvořák and 日本"


def test_arguments_that_are_no_text(run: Run, indexed: Path) -> None:
    found = run("search", b"\xff harbour", cwd=indexed)
    assert found.code == 2 and "lone surrogate" in found.err
    assert run("get", b"\xff", cwd=indexed).code in (1, 2)


def test_a_damaged_index_is_an_error(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    for path in (folder / ".searchkit").glob("commit-*"):
        path.write_bytes(b"nonsense")
    done = run("search", "harbour", cwd=folder)
    assert done.code == 2 and "fault of searchkit" not in done.err


def test_ctrl_c_that_python_made_another_exception_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where it comes while a class is made: RuntimeError from KeyboardInterrupt."""

    def interrupted(**options: object) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt("kept: commit 3")

    monkeypatch.setattr(main.program, "main", interrupted)
    assert main.run([]) == 130
    assert capsys.readouterr().err == "searchkit: interrupted\n  kept: commit 3\n"


def test_leaving_needs_no_null_device() -> None:
    program = (
        "import os, sys; os.devnull = '/nowhere/null'; sys.argv = ['searchkit', '--version']\n"
        "from searchkit_cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("searchkit ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_stderr_that_takes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    assert run("index", ".", cwd=tmp_path).code == 0
    with open("/dev/full", "w") as full:
        command = [PROGRAM, "search", "hello AND ("]
        done = subprocess.run(command, cwd=tmp_path, stderr=full, stdout=subprocess.PIPE)
    assert done.returncode == 2
