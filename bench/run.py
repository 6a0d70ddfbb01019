"""`make bench`: civicapp beside a tuned FastAPI app; docs/performance.md explains it.

It ends with 0 whatever the figures are, and with 1 when something did not run.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import commands, data, prices
from bench.load import Done, Job
from bench.servers import (
    Broken,
    Generator,
    Server,
    civicapp,
    fetch,
    nginx,
    peer,
    raw_requests,
)
from civicapp import Region
from civicapp.identity.crypto import open_cipher
from civicapp.kernel import Kernel, boot
from civicapp.settings import Settings

API = "/api/v1/complaints"
RESULTS = Path(__file__).resolve().parent / "results"
PACK = "format: 1\nid: bench\nextends: lampung\n"
# Thousands of phones behind one address: what one address may send is not what is measured here.
LIMITS = "slow_above: 1000000000\nrefuse_above: 1000000000\n"
ASKED = 3_000  # requests prepared for a run
WARM = 0.3  # seconds before the first round
PAGE = 50


@dataclass(frozen=True, slots=True)
class Way:
    """One server under one load. statuses: what it may answer."""

    name: str
    server: Server
    requests: Callable[[], Sequence[str]]
    statuses: tuple[str, ...] = ("200",)


@dataclass(slots=True)
class Figures:
    """What the rounds of a way gave. cpu: microseconds of the server per request."""

    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    answers: int = 0
    bytes: int = 0

    def add(self, done: Done, cpu: float) -> None:
        """Take in a round."""
        self.cpu.append(cpu / done.answers * 1e6)
        self.rate.append(done.answers / done.seconds)
        self.p50.append(done.p50)
        self.p99.append(done.p99)
        self.answers += done.answers
        self.bytes += done.bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table. figure: what is compared; target: a bound, "" for none."""

    what: str
    ours: str
    theirs: str
    figure: str
    target: str
    verdict: str


def main() -> None:
    """Run the benchmark."""
    asked = arguments()
    began = time.monotonic()
    RESULTS.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="run-", dir=asked.folder) as name:
            lines, raw = measure(asked, Path(name))
    except Broken as e:
        print(f"bench: {e}", file=sys.stderr)
        sys.exit(1)
    show(lines)
    at = datetime.datetime.now(datetime.UTC)
    file = RESULTS / f"{at:%Y%m%d-%H%M%S}.json"
    told = {
        "at": at.isoformat(timespec="seconds"),
        "machine": machine(),
        "arguments": {k: v for k, v in vars(asked).items() if k != "folder"},
        "seconds": round(time.monotonic() - began),
        "lines": [asdict(line) for line in lines],
        "raw": raw,
    }
    file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(f"\n{told['seconds']} s; all figures: bench/results/{file.name}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--reports", type=int, default=20_000, help="reports in both databases")
    parser.add_argument("--rounds", type=int, default=7, help="rounds; their median counts")
    parser.add_argument("--seconds", type=float, default=1.0, help="of one server in one round")
    parser.add_argument("--connections", type=int, default=16, help="requests under way at once")
    parser.add_argument("--best-of", type=int, default=10, help="runs of each command")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where the databases lie")
    parser.add_argument("--only", default="", help="scenarios, divided by commas")
    full = "prices: load all 30 million points, 15 minutes and 4 GB of disk"
    parser.add_argument("--full-prices", action="store_true", help=full)
    return parser.parse_args()


def machine() -> dict[str, Any]:
    """Describe the machine, without its name."""
    model = ""
    with contextlib.suppress(OSError, StopIteration):
        text = Path("/proc/cpuinfo").read_text("utf-8")
        model = next(x for x in text.splitlines() if x.startswith("model name")).partition(": ")[2]
    return {
        "system": platform.system(),
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def measure(asked: argparse.Namespace, folder: Path) -> tuple[list[Line], dict[str, Any]]:
    """Set everything up, run the rounds, and compare."""
    raw: dict[str, Any] = {}
    lines: list[Line] = []
    wanted = {name for name in asked.only.split(",") if name}
    if not wanted or wanted - {"commands", "prices"}:
        with contextlib.ExitStack() as stack:
            bench = Bench(asked, folder, stack)
            lines += bench.run(wanted)
            raw["servers"] = bench.raw
    if not wanted or "prices" in wanted:
        step("prices")
        raw["prices"] = prices.measure(folder, full=asked.full_prices)
        lines += price_lines(raw["prices"])
    if not wanted or "commands" in wanted:
        step("commands")
        used = commands.measure(folder, asked.best_of)
        raw["commands"] = used
        lines += command_lines(used)
    return lines, raw


def step(what: str) -> None:
    """Say what is done now."""
    print(f"{what} …", file=sys.stderr, flush=True)


class Bench:
    """The servers, filled with the same reports, and the rounds."""

    def __init__(
        self, asked: argparse.Namespace, folder: Path, stack: contextlib.ExitStack
    ) -> None:
        self.asked, self.folder, self.stack = asked, folder, stack
        self.raw: dict[str, Any] = {}
        self.generator = stack.enter_context(Generator())
        pack = self._pack()
        kernel = self._kernel(pack)
        step(f"{asked.reports:,} reports for each")
        self.world = self._world(kernel.region)
        rows = list(self.world.reports(asked.reports))
        filled = folder / "cached"
        data.fill_civicapp(kernel, self.world, rows, filled)
        for other in ("bare", "jobs"):
            shutil.copytree(filled, folder / other)
        world, file = folder / "world.json", folder / "peer.sqlite3"
        world.write_text(json.dumps(self.world.export()), "utf-8")
        data.fill_peer(self.world, rows, file)
        del rows
        step("servers")
        log = folder / "log"
        self.cached = self._start(civicapp(pack, filled, log))
        self.bare = self._start(civicapp(pack, folder / "bare", log, cache=False))
        self.peer = self._start(peer(world, file, log))
        self.lists = [
            f"{API}/reports?category={c.code}&limit={PAGE}" for c in self.world.categories
        ]
        self._compare()

    def _pack(self) -> Path:
        pack = self.folder / "bench"
        (pack / "services" / "complaints").mkdir(parents=True)
        (pack / "region.yaml").write_text(PACK, "utf-8")
        (pack / "services" / "complaints" / "config.yaml").write_text(LIMITS, "utf-8")
        return pack

    def _kernel(self, pack: Path) -> Kernel:
        settings = Settings(env="production", secret_key="0123456789abcdef" * 4)  # type: ignore[arg-type]
        booted = boot(pack, settings=settings)
        if booted.kernel is None:
            raise Broken("\n".join(str(problem) for problem in booted.problems))
        return booted.kernel

    def _world(self, region: Region) -> data.World:
        cipher = open_cipher(Settings(secret_key="0123456789abcdef" * 4), self.folder)  # type: ignore[arg-type]
        assert cipher is not None
        return data.World(region, cipher)

    def _start(self, server: Server) -> Server:
        self.stack.callback(server.stop)
        return server.wait("/healthz")

    def _compare(self) -> None:
        """Raise Broken unless both answer the same to the same."""
        for question in self.world.questions(200):
            answers = [self._told(s, f"{API}/resolve?{question}") for s in (self.cached, self.peer)]
            ours, theirs = (
                {k: a[k] for k in ("area", "agency", "level", "at_desk", "assumed", "due_at")}
                for a in answers
            )
            # Hours count from the moment of the question.
            for a in (ours, theirs):
                a["due_at"] = a["due_at"][:16]
            if ours != theirs:
                raise Broken(f"resolve?{question}\ncivicapp {ours}\npeer     {theirs}")
        for path in self.lists:
            one, other = (self._told(s, path)["items"] for s in (self.cached, self.peer))
            if one != other or len(one) > PAGE:
                raise Broken(f"{path}\ncivicapp {one[:1]}\npeer     {other[:1]}")

    def _told(self, server: Server, path: str) -> Any:
        answer = fetch(server.port, path)
        if answer.status != 200:
            raise Broken(f"{server.name} {path}: {answer.status} {answer.body[:500]!r}")
        return answer.json()

    def run(self, wanted: set[str]) -> list[Line]:
        """Run the scenarios in turns, round by round, and compare."""
        scenarios = {k: v for k, v in self._scenarios().items() if not wanted or k in wanted}
        found = {name: {way.name: Figures() for way in ways} for name, ways in scenarios.items()}
        for ways in scenarios.values():
            for way in ways:
                self._drive(way, WARM)
        for n in range(self.asked.rounds):
            step(f"round {n + 1} of {self.asked.rounds}")
            for name, ways in scenarios.items():
                for way in ways if n % 2 else reversed(ways):
                    before = way.server.cpu()
                    done = self._drive(way, self.asked.seconds)
                    found[name][way.name].add(done, way.server.cpu() - before)
        memory = {s: getattr(self, s).memory() for s in ("cached", "bare", "peer")}
        self.raw = {
            "memory": memory,
            **{name: {w: asdict(f) for w, f in ways.items()} for name, ways in found.items()},
        }
        lines = [line for name in found for line in compare(name, found[name])]
        return [*lines, memory_line(memory), *self._jobs(wanted)]

    def _drive(self, way: Way, seconds: float) -> Done:
        job = Job(way.server.port, list(way.requests()), self.asked.connections, seconds, 10**9)
        done = self.generator.run(job)
        if done.answers == 0 or set(done.statuses) - set(way.statuses):
            raise Broken(
                f"{way.name} answered {done.statuses}\n{way.server.log.read_text()[-3000:]}"
            )
        return done

    def _scenarios(self) -> dict[str, list[Way]]:
        ours, bare, theirs = self.cached, self.bare, self.peer
        lists = list(raw_requests(self.lists))
        kept = [fetch(ours.port, path).headers["etag"] for path in self.lists]
        fresh = [
            next(raw_requests([path], {"If-None-Match": tag}))
            for path, tag in zip(self.lists, kept, strict=True)
        ]
        found = {
            "submit": [
                Way("civicapp", ours, self._posts, ("201",)),
                Way("peer", theirs, self._posts, ("201",)),
            ],
            "list": [
                Way("civicapp", ours, lambda: lists),
                Way("no cache", bare, lambda: lists),
                Way("peer", theirs, lambda: lists),
            ],
            "304": [
                Way("304", ours, lambda: fresh, ("304",)),
                Way("hit", ours, lambda: lists),
            ],
            "resolve": [
                Way("civicapp", ours, self._questions),
                Way("peer", theirs, self._questions),
            ],
            "mixed": [
                Way("civicapp", ours, self._mixed, ("200", "201")),
                Way("no cache", bare, self._mixed, ("200", "201")),
                Way("peer", theirs, self._mixed, ("200", "201")),
            ],
        }
        if static := self._static():
            found["304"].append(Way("nginx", static, lambda: list(raw_requests(["/0"]))))
        return found

    def _static(self) -> Server | None:
        folder = self.folder / "nginx"
        folder.mkdir()
        body = fetch(self.cached.port, self.lists[0]).body
        server = nginx(folder, {"0": body}, self.folder / "log")
        if server is None:
            return None
        self.stack.callback(server.stop)
        return server.wait("/0")

    def _posts(self) -> list[str]:
        bodies = self.world.posts(ASKED // 10)
        return list(raw_requests([f"{API}/reports"] * len(bodies), bodies=bodies))

    def _questions(self) -> list[str]:
        paths = [f"{API}/resolve?{question}" for question in self.world.questions(ASKED)]
        return list(raw_requests(paths))

    def _mixed(self) -> list[str]:
        reads, found = list(raw_requests(self.lists)), []
        for n, post in enumerate(self._posts()):
            count = 12 if n % 2 else 11  # of 25 requests 23 are reads
            found += [reads[(n * 7 + i) % len(reads)] for i in range(count)]
            found.append(post)
        return found

    def _jobs(self, wanted: set[str]) -> Iterator[Line]:
        """Measure a report with all that follows it: the jobs run until none is left."""
        if wanted and "jobs" not in wanted:
            return
        step("reports with their jobs")
        where = self.folder / "jobs"
        pack = self.folder / "bench"
        server = self._start(civicapp(pack, where, self.folder / "log", jobs=True))
        way = Way("civicapp", server, self._posts, ("201",))
        self._drive(way, WARM)
        self._settle(server)
        before, began = server.cpu(), time.monotonic()
        done = self._drive(way, self.asked.seconds * 3)
        self._settle(server)
        cpu = (server.cpu() - before) / done.answers * 1e6
        self.raw["jobs"] = {"cpu": cpu, "seconds": time.monotonic() - began, **asdict(done)}
        rate = f"{done.answers / done.seconds:,.0f}/s"
        yield Line("submit and its jobs", f"{micro(cpu)} {rate}", "", "", "", "")

    def _settle(self, server: Server) -> None:
        """Wait until a server is idle."""
        for _ in range(120):
            before = server.cpu()
            time.sleep(1)
            if server.cpu() - before < 0.05:
                return
        raise Broken("the jobs do not come to an end")


def micro(cpu: float) -> str:
    """Write CPU time per request."""
    return f"{cpu:,.0f} µs"


def shown(figures: Figures) -> str:
    """Write CPU time and rate of a way."""
    return f"{micro(statistics.median(figures.cpu))} {statistics.median(figures.rate):,.0f}/s"


def ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of the rounds' own ratios: what slowed the machine slowed both."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def at_least(figure: float, bound: float) -> str:
    """Say whether a figure reaches a lower bound."""
    return "reached" if figure >= bound else "missed"


def at_most(figure: float, bound: float) -> str:
    """Say whether a figure keeps below an upper bound."""
    return "reached" if figure <= bound else "missed"


BOUNDS = {
    ("submit", "civicapp"): ("submit, durable", 1.0, "3, in parts"),
    ("list", "civicapp"): ("public list, cached", 6.0, "2, in parts"),
    ("list", "no cache"): ("public list, no cache", 1.0, "3, in parts"),
    ("resolve", "civicapp"): ("resolve", 1.0, "3, in parts"),
    ("mixed", "civicapp"): ("92 % lists, 8 % submit, cached", 6.0, "2"),
    ("mixed", "no cache"): ("92 % lists, 8 % submit, no cache", 1.0, "3"),
}


def compare(scenario: str, ways: dict[str, Figures]) -> Iterator[Line]:
    """Compare the ways of a scenario."""
    if scenario == "304":
        yield from kept_lines(ways)
        return
    theirs = ways["peer"]
    for name, ours in ways.items():
        if name == "peer":
            continue
        what, bound, number = BOUNDS[scenario, name]
        cheaper, faster = ratio(theirs.cpu, ours.cpu), ratio(ours.rate, theirs.rate)
        figure = f"{cheaper:.2f} × per CPU second, {faster:.2f} × rate"
        target = f"≥ {bound:.1f} × peer ({number})"
        yield Line(what, shown(ours), shown(theirs), figure, target, at_least(cheaper, bound))


def kept_lines(ways: dict[str, Figures]) -> Iterator[Line]:
    """Compare what comes out of the cache."""
    hit, unchanged, static = ways["hit"], ways["304"], ways.get("nginx")
    dearer = ratio(unchanged.cpu, hit.cpu)
    figure, target = f"{dearer:.2f} × CPU of a hit", "≤ 1.0 × a hit (1)"
    verdict = at_most(dearer, 1.0)
    yield Line("304", shown(unchanged), f"{shown(hit)} (hit)", figure, target, verdict)
    target = "≤ 3.5 × CPU, ≥ 0.3 × rate of nginx (1)"
    if static is None:
        yield Line("cache hit", shown(hit), "no nginx here", "", target, "not measured")
        return
    dearer, rate = ratio(hit.cpu, static.cpu), ratio(hit.rate, static.rate)
    figure = f"{dearer:.1f} × CPU, {rate:.2f} × rate"
    verdict = "reached" if dearer <= 3.5 and rate >= 0.3 else "missed"
    yield Line("cache hit", shown(hit), f"{shown(static)} (nginx)", figure, target, verdict)


def memory_line(memory: dict[str, float]) -> Line:
    """Compare the memory of the processes after all rounds."""
    ours, theirs = memory["cached"], memory["peer"]
    figure = ours / theirs
    return Line(
        "memory of a process",
        f"{ours:.0f} MiB",
        f"{theirs:.0f} MiB",
        f"{figure:.2f} × peer",
        "≤ 1.5 × peer (8)",
        at_most(figure, 1.5),
    )


def command_lines(used: dict[str, float]) -> Iterator[Line]:
    """Compare the commands with an empty run of Python, and long packs with short ones."""
    base = used["pass"]
    for name, bound in (("help", 16.0), ("version", 3.0)):
        figure = used[name] / base
        yield Line(
            f"civicapp --{name}",
            f"{used[name] * 1000:.0f} ms",
            f"{base * 1000:.0f} ms (python -c pass)",
            f"{figure:.1f} ×",
            f"≤ {bound:.0f} × (6)",
            at_most(figure, bound),
        )
    many, few = used["check 10,000 rows"], used["check 3,000 rows"]
    figure = many / few
    yield Line(
        "civicapp check, 10,000 rows",
        f"{many * 1000:,.0f} ms",
        f"{few * 1000:,.0f} ms (3,000 rows)",
        f"{figure:.2f} ×",
        "≤ 1.3 × (7)",
        at_most(figure, 1.3),
    )
    yield Line("civicapp check lampung", f"{used['check lampung'] * 1000:,.0f} ms", "", "", "", "")


def price_lines(found: dict[str, Any]) -> Iterator[Line]:
    """Compare what questions cost with few points on file, and with many."""
    few, many = (f"{size['points'] / 1e6:.1f} M points" for size in found["sizes"])
    for name, costs in found["questions"].items():
        little, much = (statistics.median(costs[key]) * 1000 for key in ("few", "many"))
        target = f"≤ {prices.BOUND} ×"
        yield Line(
            f"prices: {name}",
            f"{much:.1f} ms, {many}",
            f"{little:.1f} ms, {few}",
            f"{costs['ratio']:.2f} ×, {costs['statements']} statements",
            target,
            at_most(costs["ratio"], prices.BOUND),
        )
    little, much = (run["first"] / run["series"] * 1000 for run in found["alarms"])
    series = [f"{run['series']} series" for run in found["alarms"]]
    yield Line(
        "prices: alarm run, each series",
        f"{much:.0f} ms, {series[1]}",
        f"{little:.0f} ms, {series[0]}",
        f"{much / little:.2f} ×",
        "",
        "",
    )
    size, took = (found["bulk"][1][key] for key in ("bytes", "seconds"))
    points = f"{found['bulk'][1]['points'] / took:,.0f} points/s, {size / 1e6:,.0f} MB"
    yield Line("prices: bulk files", points, "", "", "", "")


def show(lines: Sequence[Line]) -> None:
    """Print the table."""
    head = Line("", "civicapp", "peer, or what stands there", "ratio", "to reach", "")
    rows = [list(asdict(line).values()) for line in (head, *lines)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
