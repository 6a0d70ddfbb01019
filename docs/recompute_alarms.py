"""Recompute the published price alarms from the published files, with the standard library alone.

    python recompute_alarms.py FOLDER [--least-alps 36] [--least-ipa 37]

FOLDER holds what /api/v1/prices/bulk/ gives out: series.csv, points-YEAR.csv, alarms.csv. Written
apart from civicapp, with plain floating-point numbers, so that it checks the rules and not only the
sums: docs/prices-method.md has them in words. Exit code 1 when an alarm differs.
"""

import argparse
import csv
import math
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

LOOK_BACK = 800  # days that the change looks back for its last survey


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def number(month):
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def monthly(points):
    """Return the mean price of each month, as it is published: six decimal places."""
    found = defaultdict(list)
    for day, price in points:
        found[number(day.isoformat())].append(price)
    return {month: round(sum(prices) / len(prices), 6) for month, prices in found.items()}


def alps(prices, now, least, live):
    """Return how many standard deviations the price lies off its seasonal trend, or a status."""
    prices = {month: price for month, price in prices.items() if month <= now}
    span = now - min(prices, default=now + 1) + 1
    if span < least or len(prices) < 0.7 * span:
        return "insufficient_history"
    if now not in prices:
        return "no_recent_data"
    fitted = {m: p for m, p in prices.items() if m < now or not live}
    seasons = defaultdict(list)
    for month in fitted:
        seasons[month % 12].append(month)
    if now % 12 not in seasons:
        return "insufficient_history"
    middle = {s: sum(ms) / len(ms) for s, ms in seasons.items()}
    level = {s: sum(fitted[m] for m in ms) / len(ms) for s, ms in seasons.items()}
    left = [(m - middle[m % 12], p - level[m % 12]) for m, p in fitted.items()]
    spread = sum(x * x for x, _ in left)
    if not spread:
        return "insufficient_history"
    slope = sum(x * y for x, y in left) / spread
    deviation = math.sqrt(sum((y - slope * x) ** 2 for x, y in left) / (len(fitted) - 1))
    if deviation < 1e-6:
        return "undefined"
    expected = level[now % 12] + slope * (now - middle[now % 12])
    return (prices[now] - expected) / deviation


def ipa(prices, now, least, fpma):
    """Return the joined score of quarterly and yearly growth, or a status."""
    prices = {month: price for month, price in prices.items() if month <= now}
    first = min(prices, default=now + 1)
    if now - first + 1 < max(least, 37):
        return "insufficient_history"

    def growth(month, span):
        if month not in prices or month - span not in prices:
            return None
        return (prices[month] / prices[month - span]) ** (1 / span) - 1

    def score(span, years):
        rates = [(weight, growth(year, span)) for weight, year in enumerate(years, 1)]
        known = [(weight, rate) for weight, rate in rates if rate is not None]
        if len(known) < 2:
            return None
        counted = rates if fpma else known
        total = sum(weight for weight, _ in counted)
        mean = sum(weight * rate for weight, rate in known) / total
        apart = sum(weight * (rate - mean) ** 2 for weight, rate in known)
        deviation = math.sqrt(apart / ((len(counted) - 1) / len(counted) * total))
        return math.inf if deviation < 1e-12 else (growth(now, span) - mean) / deviation

    if growth(now, 3) is None or growth(now, 12) is None:
        return "no_recent_data"
    years = list(range(first // 12 * 12 + now % 12, now, 12))
    scores = score(3, years), score(12, years[1:])
    if None in scores:
        return "insufficient_history"
    if math.inf in scores:
        return "undefined"
    return 0.4 * scores[0] + 0.6 * scores[1]


def change(points, now):
    """Return the month's last price against that of the same day a month before, or a status."""
    end = date((now + 1) // 12, (now + 1) % 12 + 1, 1) - timedelta(days=1)
    seen = [(d, p) for d, p in points if end - timedelta(days=LOOK_BACK) <= d <= end]
    if not seen:
        return "insufficient_history"
    last, price = seen[-1]
    if number(last.isoformat()) != now:
        return "no_recent_data"
    anchor = date((now - 1) // 12, (now - 1) % 12 + 1, 1)
    month_end = date(now // 12, now % 12 + 1, 1) - timedelta(days=1)
    anchor = anchor.replace(day=min(last.day, month_end.day))
    before = [(d, p) for d, p in seen if d <= anchor]
    if not before:
        return "insufficient_history"
    if number(before[-1][0].isoformat()) != now - 1:
        return "no_recent_data"
    return price / before[-1][1] - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--least-alps", type=int, default=36)
    parser.add_argument("--least-ipa", type=int, default=37)
    given = parser.parse_args()
    points = defaultdict(list)
    for path in sorted(given.folder.glob("points-*.csv")):
        for row in rows(path):
            points[row["series"]].append((date.fromisoformat(row["date"]), float(row["price"])))
    same = different = 0
    for row in rows(given.folder / "alarms.csv"):
        series, now = sorted(points[row["series"]]), number(row["month"])
        if row["kind"] == "alps":
            found = alps(monthly(series), now, given.least_alps, row["mode"] == "live")
        elif row["kind"] == "ipa":
            found = ipa(monthly(series), now, given.least_ipa, row["mode"] == "fpma")
        else:
            found = change(series, now)
        if isinstance(found, str):
            agrees = found == row["status"]
        else:
            agrees = row["status"] == "ok" and abs(found - float(row["value"])) < 1e-4
        same, different = same + agrees, different + (not agrees)
        if not agrees:
            told = row["value"] or row["status"]
            print(f"series {row['series']} {row['kind']} {row['month']}: {told}, not {found}")
    print(f"{same} alarms agree, {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
