"""``index``: which files become which documents, again and again."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

import searchkit as sk
from helpers.command import PROGRAM, Run, environment


def documents(folder: Path) -> dict[str, dict[str, object]]:
    """All documents of the index in ``folder/.searchkit``, by key."""
    with sk.Index.open(folder / ".searchkit") as index:
        return {str(hit.id): hit.fields for hit in index.search("*:*", limit=None)}


def test_files_become_documents(run: Run, folder: Path) -> None:
    done = run("index", "notes", "pages", "data.jsonl", cwd=folder)
    assert (done.code, done.out) == (0, "")
    assert str(folder / ".searchkit") in done.err
    assert "6 documents: 6 new" in done.err
    assert (folder / ".searchkit" / ".gitignore").read_text() == "*\n"
    found = documents(folder)
    assert found["notes/rain.md"] == {
        "path": "notes/rain.md",
        "title": "Rain on the harbour",
        "body": "It **rained** on the harbour, and the main part of the fleet stayed in.",
    }
    assert found["notes/empty-harbour.txt"]["title"] == "empty-harbour.txt"
    assert found["notes/letter.txt"]["title"] == "Letter to the mayor"
    assert found["pages/wall.html"] == {
        "path": "pages/wall.html",
        "title": "The wall & the sea",
        "body": "The sea wall broke in January.",
    }
    assert found["data.jsonl#3"] == {
        "path": "data.jsonl#3",
        "title": "Second record",
        "author.name": "Ann",
    }
    with sk.Index.open(folder / ".searchkit") as index:
        body = index.schema["body"]
        assert isinstance(body, sk.Text) and body.analyzer == sk.analyzer("english")
        assert index.schema["stars"] == sk.Integer()
        assert index.schema["tags"] == sk.Text(analyzer="english", many=True)


def test_a_second_run_changes_nothing(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    commits = sorted(os.listdir(folder / ".searchkit"))
    done = run("index", ".", cwd=folder)
    assert done.code == 0
    assert "6 documents: 0 new, 0 changed, 6 as before" in done.err
    assert sorted(os.listdir(folder / ".searchkit")) == commits


def test_changed_files_replace_their_documents(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    (folder / "notes/rain.md").write_text("# Sun\n\nNow it shines.\n")
    (folder / "notes/new.md").write_text("# New\n")
    done = run("index", "notes", "notes/new.md", cwd=folder)
    assert "4 documents: 1 new, 1 changed, 2 as before" in done.err
    found = documents(folder)
    assert found["notes/rain.md"]["title"] == "Sun"
    assert len(found) == 7


def test_hidden_files_links_and_the_index_are_passed_over(run: Run, folder: Path) -> None:
    (folder / ".hidden.md").write_text("# Hidden")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("text")
    (folder / "notes" / "link.txt").symlink_to("letter.txt")
    (folder / "notes" / "loop").symlink_to("..")
    (folder / "broken").symlink_to("nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "fifo")
    assert run("index", ".", cwd=folder).code == 0
    assert run("index", ".", ".hidden.md", "notes/link.txt", cwd=folder).code == 0
    found = documents(folder)
    assert set(found) == {
        "notes/rain.md", "notes/empty-harbour.txt", "notes/letter.txt", "pages/wall.html",
        "data.jsonl#1", "data.jsonl#3", ".hidden.md", "notes/link.txt",
    }  # fmt: skip
    refused = run("index", ".searchkit", ".searchkit/.gitignore", cwd=folder)
    assert refused.code == 2 and refused.err.count("it belongs to the index") == 2


def test_what_cannot_be_read_is_named_and_the_rest_indexed(run: Run, folder: Path) -> None:
    done = run("index", "missing.txt", "notes", "\x7f" * 300, cwd=folder)
    assert done.code == 2
    assert "skipped missing.txt: No such file or directory" in done.err
    assert "2 skipped" in done.err
    assert len(documents(folder)) == 3


def test_only_what_cannot_be_read_makes_no_index(run: Run, tmp_path: Path) -> None:
    done = run("index", "missing.txt", cwd=tmp_path)
    assert (done.code, os.listdir(tmp_path)) == (2, [])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_unreadable_files_and_folders(run: Run, folder: Path) -> None:
    (folder / "notes/rain.md").chmod(0)
    (folder / "pages").chmod(0)
    done = run("index", ".", cwd=folder)
    (folder / "pages").chmod(0o700)
    assert done.code == 2
    assert "notes/rain.md: Permission denied" in done.err
    assert "pages: Permission denied" in done.err


def test_encodings_and_binary_files(run: Run, tmp_path: Path) -> None:
    texts = {
        "latin.txt": "Ein Café in Zürich, größer als üblich.".encode("latin-1"),
        "utf16.txt": "Ein Kaffeehaus in Zürich".encode("utf-16"),
        "mark.md": b"\xef\xbb\xbf# Marked\n\nZ\xc3\xbcrich",
        "nul.txt": b"before \x00 after Z\xc3\xbcrich",
        "empty.txt": b"",
        "windows.txt": b"A title\r\n\r\nZ\xc3\xbcrich\r\nagain\r\n",
    }
    for name, data in texts.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    done = run("index", ".", cwd=tmp_path)
    assert done.code == 0 and "1 binary file passed over" in done.err
    found = documents(tmp_path)
    assert set(found) == set(texts)
    for name in set(texts) - {"empty.txt"}:
        assert "Zürich" in str(found[name]["body"]), name
    assert found["mark.md"]["title"] == "Marked"
    assert found["windows.txt"] == {
        "path": "windows.txt", "title": "A title", "body": "Zürich\nagain"
    }  # fmt: skip
    named = run("index", "image.png", cwd=tmp_path)
    assert named.code == 2 and "skipped image.png: it is binary" in named.err


def test_odd_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new\nline.txt").write_text("one")
    try:
        with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:
            file.write(b"two")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert run("index", ".", cwd=tmp_path).code == 0
    assert set(documents(tmp_path)) == {"new\nline.txt", "caf\\xe9.txt"}


def test_huge_lines_and_tokens(run: Run, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("x" * 3_000_000 + " end")
    (tmp_path / "words.txt").write_text("many words " * 200_000)
    assert run("index", ".", cwd=tmp_path).code == 0
    found = run("search", "end", cwd=tmp_path)
    assert found.lines[-1] == "   …[end]"


def test_records_with_faults_are_named_by_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_bytes(
        b'{"a": "good", "n": 1}\n{"a": "bad\\ud800"}\nno json\n[1]\n\n{"a": "good too", "n": 2.5}\n'
        + b"{}{}\n" * 10
        + '{"a": "für alle Bücher und Wörter"}\n'.encode("latin-1")
    )
    done = run("index", "some.jsonl", cwd=tmp_path)
    assert done.code == 2
    assert "some.jsonl, line 2: field 'a' of document 'some.jsonl#2'" in done.err
    assert "some.jsonl, line 3: this is no JSON" in done.err
    assert "some.jsonl, line 4: a record is a JSON object, this is a list" in done.err
    assert "skipped 8 more lines of some.jsonl" in done.err
    found = documents(tmp_path)
    assert [found[f"some.jsonl#{n}"]["a"] for n in (1, 6, 17)] == [
        "good",
        "good too",
        "für alle Bücher und Wörter",
    ]
    assert found["some.jsonl#1"]["n"] == 1.0


def test_keys_of_records(run: Run, tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text('{"id": 7, "t": "a"}\n{"id": "x", "t": "b"}\n{"t": "c"}\n')
    done = run("index", "--key", "id", "some.jsonl", cwd=tmp_path)
    assert done.code == 2 and "line 3: its 'id' should be its key, and is null" in done.err
    assert documents(tmp_path) == {
        "7": {"path": "7", "id": "7", "t": "a"}, "x": {"path": "x", "id": "x", "t": "b"}
    }  # fmt: skip
    (tmp_path / "paths.jsonl").write_text('{"path": "own", "t": "d"}\n')
    refused = run("index", "paths.jsonl", cwd=tmp_path)
    assert refused.code == 2 and "--key path" in refused.err
    assert run("index", "--key", "path", "paths.jsonl", cwd=tmp_path).code == 0
    assert documents(tmp_path)["own"] == {"path": "own", "t": "d"}


def test_records_from_stdin(run: Run, tmp_path: Path) -> None:
    assert run("index", "-", cwd=tmp_path, stdin=b'{"t": "one"}\n{"t": "two"}\n').code == 0
    assert documents(tmp_path)["stdin#2"] == {"path": "stdin#2", "t": "two"}


def test_new_fields_extend_the_schema(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    (folder / "more.jsonl").write_text('{"title": 1984, "stars": 5, "price": 2.5, "sold": true}\n')
    assert run("index", "more.jsonl", cwd=folder).code == 0
    assert documents(folder)["more.jsonl#1"] == {
        "path": "more.jsonl#1", "title": "1984", "stars": 5, "price": 2.5, "sold": True
    }  # fmt: skip
    (folder / "worse.jsonl").write_text('{"stars": "many"}\n')
    done = run("index", "worse.jsonl", cwd=folder)
    assert done.code == 2 and "worse.jsonl, line 1: field 'stars'" in done.err


def test_records_with_too_many_fields(run: Run, tmp_path: Path) -> None:
    lines = (f'{{"user{n}": 1}}\n' for n in range(2500))
    (tmp_path / "users.jsonl").write_text("".join(lines))
    (tmp_path / "a.txt").write_text("fine")
    done = run("index", ".", cwd=tmp_path)
    assert done.code == 2 and "more than 2,000 different fields" in done.err
    assert set(documents(tmp_path)) == {"a.txt"}
    with sk.Index.open(tmp_path / ".searchkit") as index:
        assert set(index.schema.fields) == {"path", "title", "body"}


def test_analyzer_is_chosen_once(run: Run, folder: Path) -> None:
    assert run("index", "--analyzer", "klingon", ".", cwd=folder).code == 2
    assert not (folder / ".searchkit").exists()
    assert run("index", "--analyzer", "standard", ".", cwd=folder).code == 0
    assert run("count", "harbours", cwd=folder).code == 1
    assert run("index", ".", cwd=folder).code == 0
    other = run("index", "--analyzer", "german", ".", cwd=folder)
    assert other.code == 2 and "analyzer('standard')" in other.err


def test_an_index_made_by_the_library(run: Run, folder: Path) -> None:
    schema = sk.Schema(id=sk.Keyword(key=True), when=sk.Date())
    sk.Index.create(folder / "own", schema).close()
    (folder / "r.jsonl").write_text('{"id": "a", "when": "2016-03-14", "more": "text"}\n')
    for _ in range(2):
        done = run("index", "--index", "own", "r.jsonl", "notes", cwd=folder)
        assert done.code == 0, done.err
    assert "0 new, 0 changed, 4 as before" in done.err
    got = run("get", "--index", "own", "--format", "json", "a", cwd=folder).json()
    assert got == {"id": "a", "when": "2016-03-14T00:00:00+00:00", "more": "text"}
    missing = run("get", "--index", "own", "nothing", cwd=folder)
    assert missing.code == 1 and "keys are values of field 'id'" in missing.err
    sk.Index.create(folder / "keyless", sk.Schema(body=sk.Text())).close()
    refused = run("index", "--index", "keyless", "notes", cwd=folder)
    assert refused.code == 2 and "no keys" in refused.err


def test_interrupted_it_changes_nothing(run: Run, folder: Path) -> None:
    run("index", "notes", cwd=folder)
    before = documents(folder)
    program = (
        "import os, signal, sys, searchkit_cli.main as main\n"
        "from searchkit_cli.updater import Updater\n"
        # a shell's background jobs ignore Ctrl-C from birth
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def put(self, document): os.kill(os.getpid(), signal.SIGINT)\n"
        "Updater.put = put\n"
        "sys.exit(main.run(['index', '.']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True)
    assert done.returncode == 130
    assert b"Traceback" not in done.stderr and b"interrupted" in done.stderr
    assert documents(folder) == before


def test_waits_for_another_writer(run: Run, folder: Path) -> None:
    run("index", "notes", cwd=folder)
    program = (
        "import sys, time, searchkit as sk\n"
        "with sk.Index.open('.searchkit') as index, index.writer() as writer:\n"
        "    print('writing', flush=True); time.sleep(1)\n"
        "    writer.upsert({'path': 'late', 'title': 'Late'})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        start = time.perf_counter()
        assert run("index", ".", cwd=folder).code == 0
        assert time.perf_counter() - start > 0.5
    assert {"late", "data.jsonl#1"} <= set(documents(folder))


def test_commits_in_between(run: Run, tmp_path: Path) -> None:
    lines = "".join(f'{{"t": "all {n}"}}\n' for n in range(10))
    (tmp_path / "some.jsonl").write_text(lines)
    refused = run("index", "--commit-every", "0", "some.jsonl", cwd=tmp_path)
    assert refused.code == 2
    assert run("index", "--commit-every", "4", "some.jsonl", cwd=tmp_path).code == 0
    with sk.Index.open(tmp_path / ".searchkit") as index:
        assert (index.snapshot.generation, len(index)) == (1 + 3, 10)
    (tmp_path / "some.jsonl").write_text(lines.replace("all", "any", 2) + '{"t": "more"}\n')
    done = run("index", "--commit-every", "2", "some.jsonl", cwd=tmp_path)
    assert "11 documents: 1 new, 2 changed, 8 as before" in done.err
    with sk.Index.open(tmp_path / ".searchkit") as index:
        assert (index.snapshot.generation, len(index)) == (4 + 2, 11)


def fails_on_bad(token: str) -> str:
    if token == "bad":
        raise ValueError("no good")
    return token


def test_what_an_analyzer_fails_on_is_named_and_skipped(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(inspect.getsource(fails_on_bad))
    (tmp_path / "r.jsonl").write_text("".join(f'{{"body": "{w}"}}\n' for w in ("a", "bad", "b")))
    program = (
        "import sys, own, searchkit as sk, searchkit_cli.main as main\n"
        "analyzer = sk.analyzer('standard') | own.fails_on_bad\n"
        "schema = sk.Schema(path=sk.Keyword(key=True), body=sk.Text(analyzer=analyzer))\n"
        "sk.Index.create('.searchkit', schema).close()\n"
        "sys.exit(main.run(['index', 'r.jsonl']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True)
    assert done.returncode == 2
    assert b"skipped: the document with the key 'r.jsonl#2' can't be analysed" in done.stderr
    assert b"no good" in done.stderr and b"1 skipped" in done.stderr
    program = "import searchkit as sk; print(len(sk.Index.open('.searchkit')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True)
    assert done.stdout == b"2\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs to send SIGINT")
def test_ctrl_c_says_what_is_kept(tmp_path: Path) -> None:
    random = Random(2)
    (tmp_path / "some.jsonl").write_text(
        "".join(f'{{"t": "all {n} {"word " * 50}"}}\n' for n in range(20_000))
    )
    arguments = [PROGRAM, "index", "--commit-every", "50", "some.jsonl"]
    for number in range(3):
        with subprocess.Popen(
            arguments, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("searchkit: index ")
            time.sleep(random.random() * 0.3)
            process.send_signal(signal.SIGINT)
            if number == 2:
                time.sleep(0.002)
                process.send_signal(signal.SIGINT)
            complaints = process.stderr.read()
        assert process.returncode == 130, complaints
        assert "Traceback" not in complaints
        with sk.Index.open(tmp_path / ".searchkit") as index:
            kept = f"commit {index.snapshot.generation} of {tmp_path}/.searchkit, {len(index):,} "
            assert len(index) % 50 == 0
        if "kept" in complaints:  # else nothing had begun
            assert complaints.strip().startswith(f"searchkit: interrupted\n  kept: {kept}")
