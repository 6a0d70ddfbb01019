"""What a pack may not say about complaints: findings of `civicapp check` beyond single values."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from civicapp_complaints.domain.routing import ambiguous, below

if TYPE_CHECKING:
    from civicapp_complaints.config import Answer, Category, ComplaintsConfig, Question

CODE = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")
LONGEST_CODE = 32
PREFIX = re.compile(r"[A-Z]{2,4}")
NUMBER = re.compile(r"\+?[0-9]{3,15}")
COUNTRY = re.compile(r"[1-9][0-9]{0,2}")
TRUNK = re.compile(r"[0-9]{1,2}")
NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding. key: where it is, below `services/complaints`. other: a second place, if any."""

    key: str
    code: str
    message: str
    hint: str
    other: str | None = None
    is_error: bool = True


def faults(config: "ComplaintsConfig", levels: Sequence[str]) -> Iterator[Fault]:
    """Find everything in a config that does not fit together.

    levels: the region's levels of areas, the widest first.
    """
    yield from _categories(config)
    yield from _unrouted(config)
    yield from _rules(config)
    yield from _questions(config, levels)
    yield from _settings(config, levels)


def _categories(config: "ComplaintsConfig") -> Iterator[Fault]:
    groups = {g.code for g in config.groups}
    classes = {s.code for s in config.sla}
    questions = {q.code for q in config.questions}
    if not any(c.active for c in config.categories):
        yield Fault(
            "categories",
            "complaints-none",
            "nobody can report anything: there is no active category",
            "add rows to services/complaints/categories.csv",
        )
    for c in config.categories:
        key = f"categories/{c.code}"
        if len(c.code) > LONGEST_CODE or not CODE.fullmatch(c.code):
            yield Fault(
                f"{key}/code",
                "complaints-code",
                f"`{c.code}` is no code of a category",
                f"small letters and digits, parts divided by dots, at most {LONGEST_CODE} in all",
            )
        yield from _unknown(f"{key}/group", "group", c.group, groups, "groups.csv")
        yield from _unknown(f"{key}/sla", "class of deadlines", c.sla, classes, "sla.csv")
        yield from _unknown(f"{key}/question", "question", c.question, questions, "questions.csv")
        yield from _promise(c)


def _promise(c: "Category") -> Iterator[Fault]:
    key = f"categories/{c.code}"
    if c.emergency and not c.call:
        yield Fault(
            f"{key}/emergency",
            "complaints-no-number",
            f"{c.code} is an emergency without a number to call",
            "write the number into `call`",
        )
    if c.emergency and c.sla:
        yield Fault(
            f"{key}/sla",
            "complaints-promise",
            f"{c.code} is an emergency and promises a deadline",
            "leave `sla` empty: who is in danger has to call",
        )
    if not c.emergency and not c.sla:
        yield Fault(
            key,
            "complaints-no-sla",
            f"{c.code} has no deadline",
            "name a class of sla.csv in `sla`",
        )
    if c.call and not NUMBER.fullmatch(c.call):
        yield Fault(
            f"{key}/call",
            "complaints-number",
            f"`{c.call}` is no telephone number",
            "digits only, 3 to 15 of them, + in front if it is international",
        )
    if c.sensitive and c.public_asset:
        yield Fault(
            f"{key}/public_asset",
            "complaints-sensitive",
            f"{c.code} is sensitive, so its exact place cannot be public",
            "set one of `sensitive` and `public_asset` to false",
        )


def _unknown(
    key: str, what: str, code: str | None, known: Collection[str], file: str
) -> Iterator[Fault]:
    if code is not None and code not in known:
        yield Fault(
            key,
            "complaints-unknown",
            f"no {what} has the code `{code}`",
            f"mend it, or add it to {file}",
        )


def _unrouted(config: "ComplaintsConfig") -> Iterator[Fault]:
    """Find categories that would have nobody responsible somewhere, whatever is answered."""
    everywhere = [r for r in config.routes if r.area is None and r.owner is None]
    for c in config.categories:
        if c.active and not any(
            r.category is None or below(c.code, r.category) for r in everywhere
        ):
            yield Fault(
                f"categories/{c.code}",
                "complaints-no-route",
                f"nobody is responsible for {c.code} everywhere",
                f"add a rule to routes.csv: category {c.code}, without area and owner",
            )


def _rules(config: "ComplaintsConfig") -> Iterator[Fault]:
    codes = [c.code for c in config.categories]
    owners = {a.owner for a in config.answers}
    for r in config.routes:
        key = f"routes/{r.id}"
        if r.category is not None and not any(below(code, r.category) for code in codes):
            yield Fault(
                f"{key}/category",
                "complaints-unknown",
                f"no category is `{r.category}` or lies below it",
                "mend it, or add it to categories.csv",
            )
        if r.owner is not None and r.owner not in owners:
            yield Fault(
                f"{key}/owner",
                "complaints-owner",
                f"no answer names the owner `{r.owner}`, so the rule never counts",
                f"one of {', '.join(sorted(owners))}" if owners else "add answers.csv",
            )
    for first, second in ambiguous(config.routes):
        yield Fault(
            f"routes/{second.id}",
            "complaints-ambiguous",
            f"`{second.id}` and `{first.id}` fit the same reports equally",
            "make one more special, or give it a higher priority",
            other=f"routes/{first.id}",
        )


def _questions(config: "ComplaintsConfig", levels: Sequence[str]) -> Iterator[Fault]:
    questions = {q.code for q in config.questions}
    for a in config.answers:
        key = f"answers/{a.question},{a.code}"
        yield from _unknown(f"{key}/question", "question", a.question, questions, "questions.csv")
        if a.owner not in (NATIONAL, *levels):
            yield Fault(
                f"{key}/owner",
                "complaints-level",
                f"`{a.owner}` is no level",
                f"one of {', '.join((NATIONAL, *levels))}",
            )
    asked = {c.question for c in config.categories}
    for q in config.questions:
        yield from _answers(q, [a for a in config.answers if a.question == q.code])
        if q.code not in asked:
            yield Fault(
                f"questions/{q.code}",
                "complaints-unasked",
                f"no category asks `{q.code}`",
                "name it in `question` of a category, or remove it",
                is_error=False,
            )


def _answers(question: "Question", answers: "Sequence[Answer]") -> Iterator[Fault]:
    key = f"questions/{question.code}"
    if len({a.owner for a in answers if not a.assumed}) < 2:
        yield Fault(
            key,
            "complaints-answers",
            f"`{question.code}` decides nothing: it needs answers with two owners",
            "add them to answers.csv",
        )
    if len(guesses := [a for a in answers if a.assumed]) != 1:
        yield Fault(
            key,
            "complaints-answers",
            f"`{question.code}` has {len(guesses)} answers for who does not know",
            "set `assumed` to true for exactly one: people must be able to go on",
        )


def _settings(config: "ComplaintsConfig", levels: Sequence[str]) -> Iterator[Fault]:
    patterns = (
        ("number_prefix", PREFIX, "two to four capitals"),
        ("phone_country", COUNTRY, "one to three digits, as 62"),
        ("phone_trunk", TRUNK, "one or two digits, as 0"),
    )
    for name, pattern, hint in patterns:
        value = getattr(config, name)
        if value is not None and not pattern.fullmatch(value):
            yield Fault(name, "complaints-setting", f"`{name}` cannot be `{value}`", hint)
    if config.phone_trunk and not config.phone_country:
        yield Fault(
            "phone_trunk",
            "complaints-setting",
            "`phone_trunk` needs `phone_country`",
            "name the country code that it stands for",
        )
    if config.sensitive_level is not None and config.sensitive_level not in levels:
        yield Fault(
            "sensitive_level",
            "complaints-level",
            f"`{config.sensitive_level}` is no level of areas",
            f"one of {', '.join(levels)}",
        )
    if config.refuse_above < config.slow_above:
        yield Fault(
            "refuse_above",
            "complaints-setting",
            "`refuse_above` lies below `slow_above`",
            "first we slow down, then we refuse",
        )
    if config.plate_pattern is not None and (reason := _bad_pattern(config.plate_pattern)):
        yield Fault(
            "plate_pattern",
            "complaints-setting",
            f"`plate_pattern` is no regular expression: {reason}",
            "see the syntax of Python's re",
        )


def _bad_pattern(pattern: str) -> str | None:
    try:
        return "it fits an empty text" if re.compile(pattern).match("") else None
    except re.error as e:
        return str(e)
