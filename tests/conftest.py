"""What all tests share: the real scenes, and the rules about slow tests and skips."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.workermanage import WorkerController

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
NOT_BEGUN = pytest.StashKey[int]()
BEGAN = pytest.StashKey[float]()


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return the folder of a real scene beside the checkout; without it the test is skipped."""

    def find(name: str) -> Path:
        folder = SHARED / name
        if not folder.exists():
            pytest.skip(f"no real data: {name} is not in ../shared/data")
        return folder

    return find


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("landgis")
    group.addoption("--run-slow", action="store_true", help="run the slow sweeps too, last")
    group.addoption(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="begin no further slow test after so many seconds",
    )
    group.addoption(
        "--no-skips",
        action="store_true",
        default=bool(os.environ.get("CI")),
        help="a skip is a failure (default where the environment says CI)",
    )


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile("landgis", deadline=None)  # a busy machine is no failure
    if not os.environ.get("CI"):  # there hypothesis takes its own profile, which is repeatable
        settings.load_profile("landgis")
    config.stash[BEGAN] = time.monotonic()
    config.stash[NOT_BEGUN] = 0


# Slow tests: left out unless asked for; then last, and only begun while time allows. Several
# processes share the tests by file, for a file's tests share what they made; slow ones go singly.


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    for item in quick:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
    if config.option.run_slow or "slow" in config.option.markexpr:
        items[:] = quick + slow
        return
    items[:] = quick
    if slow:
        config.hook.pytest_deselected(items=slow)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    limit = item.config.option.time_limit
    late = limit is not None and time.monotonic() - item.config.stash[BEGAN] > limit
    if not (late and item.get_closest_marker("slow")):
        return None
    item.config.stash[NOT_BEGUN] += 1
    return True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_begun"] = session.config.stash[NOT_BEGUN]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    told = getattr(node, "workeroutput", {})  # a process that died told nothing
    node.config.stash[NOT_BEGUN] += told.get("not_begun", 0)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.stash[NOT_BEGUN]:
        limit = config.option.time_limit
        tests = config.stash[NOT_BEGUN]
        terminalreporter.line(f"time limit of {limit:g} s: {tests} slow tests not begun")


# A skip is a test that nobody ran: where skips are not allowed it counts, and is shown, as failed.


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.option.no_skips:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and skips are not allowed: {why(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and collector.config.option.no_skips:
        report.outcome = "failed"
        report.longrepr = (
            f"{collector.nodeid} was skipped, and skips are not allowed: {why(report)}"
        )
    return report


def why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the reason that a skip gave."""
    told = report.longrepr
    return str(told[2] if isinstance(told, tuple) else told)
