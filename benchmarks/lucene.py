"""Lucene, timed inside its own JVM by `engines/lucene/Bench.java`.

`BENCH_JAVA_HOME` names a JDK of version 21 or newer, `BENCH_LUCENE_JAR` a jar with lucene-core,
-analysis-common, -queryparser and Jackson (Anserini's fat jar has them all).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from classes import Classes
from corpus import Corpus

SOURCE = Path(__file__).parent / "engines" / "lucene" / "Bench.java"


def available() -> bool:
    """Whether the environment names a JDK and the jar."""
    return bool(os.environ.get("BENCH_JAVA_HOME") and os.environ.get("BENCH_LUCENE_JAR"))


def measure(corpus: Corpus, folder: Path, classes: Classes, passes: int) -> dict[str, Any]:
    """What Bench.java prints: by mode and query the median nanoseconds, and the counts.

    It runs on the cores of this process; the index is built in `folder` unless it is there.
    """
    java, jar = Path(os.environ["BENCH_JAVA_HOME"]) / "bin", os.environ["BENCH_LUCENE_JAR"]
    with tempfile.TemporaryDirectory() as temporary:
        queries = Path(temporary) / "queries.json"
        queries.write_text(json.dumps(classes))
        subprocess.run(
            [java / "javac", "-proc:none", "-cp", jar, "-d", temporary, SOURCE], check=True
        )
        done = subprocess.run(
            [
                *(java / "java", "-Xmx2g", "--add-modules", "jdk.incubator.vector"),
                *("-cp", f"{jar}{os.pathsep}{temporary}", "Bench"),
                *(corpus.path, folder, queries, str(passes)),
            ],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
