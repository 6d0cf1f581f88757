"""Lucene, in its own JVM: the programs in `engines/lucene/` build and answer.

`BENCH_JAVA_HOME` names a JDK of version 21 or newer, `BENCH_LUCENE_JAR` a jar with lucene-core,
-analysis-common, -queryparser and Jackson (Anserini's fat jar has them all).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import tempfile
from pathlib import Path

from corpus import Corpus
from layout import Layout

SOURCES = Path(__file__).parent / "lucene"


def available() -> bool:
    """Whether the environment names a JDK and the jar."""
    return bool(os.environ.get("BENCH_JAVA_HOME") and os.environ.get("BENCH_LUCENE_JAR"))


def command(program: str, *arguments: str) -> list[str]:
    """The command that runs the class `program`, newly compiled."""
    java, jar = Path(os.environ["BENCH_JAVA_HOME"]) / "bin", os.environ["BENCH_LUCENE_JAR"]
    classes = tempfile.TemporaryDirectory()
    atexit.register(classes.cleanup)
    subprocess.run(
        [java / "javac", "-proc:none", "-cp", jar, "-d", classes.name, *SOURCES.glob("*.java")],
        check=True,
    )
    path = f"{jar}{os.pathsep}{classes.name}"
    vectors = ("--add-modules", "jdk.incubator.vector")
    return [str(java / "java"), "-Xmx4g", *vectors, "-cp", path, program, *arguments]


class Lucene:
    """BM25, English stemming, an indexed id that is a column, too."""

    name = "lucene"

    @property
    def version(self) -> str:
        """The jar's: the process that answers says it."""
        return "-"

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Run `Build`, on one thread."""
        sizes = layout.sizes(corpus.documents)
        plan = {
            "corpus": corpus.path,
            "folder": folder,
            "fields": layout.fields,
            "sizes": sizes if layout.segments else None,
            "merge": layout.one_segment,
            "deleted": layout.doomed_ids(corpus),
        }
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(plan, file)
            file.flush()
            subprocess.run(command("Build", file.name), check=True, stderr=subprocess.DEVNULL)

    def open(self, folder: str) -> OpenLucene:
        """Only to ask for its segments: answers come from a process of its own, `Serve`."""
        return OpenLucene(folder)


class OpenLucene:
    """A folder with Lucene's index."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @property
    def segments(self) -> None:
        """Not known here."""
        return None
