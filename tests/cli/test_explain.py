"""``explain --plan``: what it prints."""

from __future__ import annotations

from pathlib import Path

from helpers.command import Run


def test_plan(run: Run, indexed: Path) -> None:
    found = run("explain", "--plan", "body:harbour", "-rain", "--total", cwd=indexed)
    assert (found.code, found.err) == (0, "")
    assert found.lines[0] == "query: body:harbour -rain"
    assert "  all must" in found.lines
    assert any(line.startswith("    must: term body:harbour, ") for line in found.lines)
    assert any(line.startswith("  best: conjunction led by") for line in found.lines)


def test_plan_as_json(run: Run, indexed: Path) -> None:
    options = ["--filter", "stars:>=1", "--fields", "title^2,body", "--combine", "max"]
    found = run("explain", "--plan", "--format=json", "harb* titel:x", *options, cwd=indexed)
    plan = found.json()
    assert plan["filter"] == "stars:>=1"
    assert {node["kind"] for node in plan["nodes"]} >= {"best", "set"}
    assert {"documents", "select", "count", "lists", "candidates"} <= set(plan["segments"][0])
    assert len(plan["diagnostics"]) == 1 and "'titel'" in found.err


def test_dates_are_json(run: Run, indexed: Path) -> None:
    found = run("explain", "--plan", "--format=json", "stars:[1 TO *]", cwd=indexed)
    assert found.json()["nodes"][0]["low"] == 1 and found.json()["nodes"][0]["high"] is None


def test_without_plan_is_refused(run: Run, indexed: Path) -> None:
    found = run("explain", "harbour", cwd=indexed)
    assert (found.code, found.out) == (2, "")
    assert "--plan" in found.err and "explain --help" in found.err
    assert run("explain", "--plan", "--strict", "(harbour", cwd=indexed).code == 2
