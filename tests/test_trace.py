"""`--trace-hooks`: each call of a hook, with what it was given and what it answered."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from civicapp import Problem, Region, Service, hookimpl
from civicapp.plugins import TOLD
from civicapp.settings import Settings

TRACED = Settings(trace_hooks=True)


def traced(island: Any) -> list[dict[str, Any]]:
    with capture_logs() as lines:
        island.boot(settings=TRACED)
    return [dict(line) for line in lines]


def test_each_call_is_logged_with_its_answer(island: Any) -> None:
    calls = [(c["plugin"], c["hook"]) for c in traced(island)]
    assert calls == [("market", "service"), ("market", "check_region")]
    first, second = traced(island)
    assert first["answer"].startswith("Service(id='market'")
    assert second["answer"] == "()"
    assert second["region"] == "<Region island>"
    assert second["ms"] >= 0


def test_what_a_rule_finds_is_its_answer(island: Any) -> None:
    island.edit("services/market/stalls.csv", "Poisson,12,", "Poisson,0,")
    assert "market-no-fish" in traced(island)[-1]["answer"]


def test_without_it_nothing_is_logged(island: Any) -> None:
    with capture_logs() as lines:
        island.boot(settings=Settings())
    assert lines == []


def test_a_hook_that_fails_is_logged_and_still_reported(island: Any, make_market: Any) -> None:
    def fail(region: Region) -> Iterable[Problem]:
        raise ValueError("no fish today")

    island.plugins["market"] = make_market(fail)
    last = traced(island)[-1]
    assert last["event"] == "hook_failed"
    assert "no fish today" in last["error"]
    assert island.found(settings=TRACED) == ["island/region.yaml:7:11 plugin-error"]


class Shy:
    """Cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("not now")


class Long:
    """Has much to say."""

    def __repr__(self) -> str:
        return "x" * (TOLD + 1)


@pytest.mark.parametrize(
    ("answer", "told"), [(Shy(), "<Shy: RuntimeError: not now>"), (Long(), "x" * TOLD + "…")]
)
def test_any_answer_can_be_told(island: Any, answer: object, told: str) -> None:
    @hookimpl
    def service() -> Service:
        return answer  # type: ignore[return-value]

    island.plugins["market"] = SimpleNamespace(service=service)
    assert traced(island)[0]["answer"] == told


def test_the_commands_own_output_stays_clean(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "civicapp", "check", "lampung", "--trace-hooks", "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert "hook=check_region" in done.stderr
    assert "plugin=complaints" in done.stderr
