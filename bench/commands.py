"""What the commands cost: CPU seconds of a process from its start to its end, the best of n."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.servers import BIN, ROOT, Broken

REGION = """\
format: 1
id: ID
area: "1"
name: {en: Rows}
timezone: Asia/Jakarta
currency: IDR
languages: [en]
plugins: []
levels:
  province: {name: {en: Province}}
  district: {name: {en: District}}
  village: {name: {en: Village}}
"""
HEADER = "code,name,level,kind,parent,lat,lon,postal_code"
VILLAGES = 20  # of each district


def cpu_of(command: Sequence[str]) -> float:
    """Run a command; return the CPU seconds that it took. Raise Broken when it fails."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Broken(f"{' '.join(command)}: {said.decode('utf-8', 'replace')[-2000:]}")
    return used.ru_utime + used.ru_stime


def best_of(n: int, commands: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Run commands in turns; return the least CPU seconds of each."""
    found = {name: float("inf") for name in commands}
    for _ in range(n):
        for name, command in commands.items():
            found[name] = min(found[name], cpu_of(command))
    return found


def write_pack(folder: Path, rows: int) -> Path:
    """Write a pack of one table with so many rows: villages in districts in a province."""
    (folder / "areas").mkdir(parents=True)
    (folder / "region.yaml").write_text(REGION.replace("id: ID", f"id: {folder.name}"), "utf-8")
    lines = [HEADER, "1,Rows,province,,,-5.0,105.0,"]
    district = ""
    for n in range(rows - 1):
        number, village = divmod(n, VILLAGES + 1)
        place = f"{-5 - n / 20_000:.5f},{105 + n / 20_000:.5f}"
        if village == 0:
            district = f"1.{number + 1}"
            lines.append(f"{district},District {number},district,,1,{place},")
        else:
            code = f"{district}.{village}"
            lines.append(f"{code},Village {n},village,,{district},{place},35{n % 1000:03}")
    (folder / "areas" / "areas.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def measure(folder: Path, n: int) -> dict[str, float]:
    """Measure all commands; packs are written to the folder."""
    program = f"{BIN}/civicapp"
    few, many = write_pack(folder / "few", 3_000), write_pack(folder / "many", 10_000)
    return best_of(
        n,
        {
            "pass": [sys.executable, "-c", "pass"],
            "help": [program, "--help"],
            "version": [program, "--version"],
            "check 3,000 rows": [program, "check", f"{few}"],
            "check 10,000 rows": [program, "check", f"{many}"],
            "check lampung": [program, "check", "lampung"],
        },
    )
