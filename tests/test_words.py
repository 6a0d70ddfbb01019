"""The framework knows no country: no word about the one of its first packs stands in it.

Translations may (locale/*.po), and the packs themselves.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import civicapp

ROOT = Path(civicapp.__file__).parent
COUNTRY = ROOT / "regions" / "indonesia"
SHORTEST = 6  # letters of a name that is surely no other word
# Other words of that country; capitals count in abbreviations, which may be words elsewhere.
WORDS = (
    *("indonesia", "indonesian", "lampung", "jawa", "sumatera", "kalimantan", "sulawesi", "rupiah"),
    *("kabupaten", "kecamatan", "kelurahan", "provinsi", "kota", "desa", "kepulauan", "nusantara"),
    *("kemendagri", "pemda", "dinas", "puskesmas", "perpres", "peraturan", "pancasila", "bahasa"),
    *("dukcapil", "damkar", "basarnas", "ombudsman", "tapis"),
)
CAPITALS = (
    *("IDR", "WIB", "WITA", "WIT", "BPS", "BMKG", "SP4N", "LAPOR", "JAKI", "PDAM", "PLN"),
    *("PUPR", "NIK", "KTP", "NPWP", "UU", "DPRD", "RSUD"),
)
PIECES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Pontianak", ".go.id", "co.id")


def places() -> set[str]:
    """Return the names of provinces, and of regencies and cities where they are distinctive."""
    kind = re.compile(r"^(Kabupaten|Kota)( Administrasi)? ")
    found = set()
    with (COUNTRY / "areas" / "areas.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = kind.sub("", row["name"])
            aliases = (alias.strip() for alias in row["aliases"].split(";"))
            found |= {x for x in aliases if len(x) >= SHORTEST}
            if row["level"] == "province" or (row["level"] == "regency" and len(name) >= SHORTEST):
                found.add(name)
    return found


def files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        ours = parts[0] != "regions" and "__pycache__" not in parts
        translation = path.suffix == ".po" and path.parent.name == "locale"
        if path.is_file() and ours and not translation:
            yield path


def test_the_framework_knows_no_country() -> None:
    names = sorted({*places(), *WORDS}, key=len, reverse=True)
    anywhere = re.compile(rf"(?<![\w])({'|'.join(map(re.escape, names))})(?![\w])", re.IGNORECASE)
    abbreviations = re.compile(rf"\b({'|'.join(CAPITALS)})\b")
    pieces = re.compile("|".join(map(re.escape, PIECES)), re.IGNORECASE)
    found = []
    looked_at = 0
    for path in files():
        looked_at += 1
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for pattern in (anywhere, abbreviations, pieces):
                if match := pattern.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{n}: {match[0]}: {line.strip()[:90]}")
    assert looked_at > 200
    assert found == []


def test_the_words_are_those_of_the_base_pack() -> None:
    """The search would find what it looks for: the pack itself is full of it."""
    text = (COUNTRY / "region.yaml").read_text("utf-8")
    assert {"indonesia", "kabupaten", "WIB", "IDR", "Asia/Jakarta"} <= {
        word for word in (*WORDS, *CAPITALS, *PIECES) if word in text
    }
    assert {"Jawa Barat", "Aceh", "Bandung", "jakarta"} <= places()
    assert len(places()) > 450
