"""The part of the contract on the API: it does what its OpenAPI document says."""

from collections.abc import Iterator
from typing import Any

import pytest

from civicapp.testing.answers import PROBLEM, Operation, operations
from civicapp.testing.clients import Client
from civicapp.testing.contract.base import PluginBase, check
from civicapp.testing.routes import api_routes, fill
from civicapp.testing.worlds import World
from civicapp.wiring import Wired

# What a write may be sent that is none: nothing, an empty object, what is no JSON.
EMPTY: tuple[dict[str, Any], ...] = (
    {},
    {"json": {}},
    {"content": b'{"', "headers": {"content-type": "application/json"}},
)


class Called(PluginBase):
    """What a plugin answers to programs is what it declares."""

    @pytest.fixture
    def calls(self, wired: Wired, world: World) -> list[Operation]:
        """List the operations of the plugin's API."""
        if wired.api is None:
            pytest.skip(f"{self.plugin} has no API")
        document = world.guest.get("/openapi.json").json()
        return operations(document, f"/api/v1/{self.plugin}")

    def test_answers_as_its_api_declares(self, world: World, calls: list[Operation]) -> None:
        """Every GET that needs no parameter answers with a status, type and body as declared."""
        faults = []
        for call in calls:
            if call.method == "get" and not call.needed():
                answer = _caller(world, call).api("GET", call.path)
                if answer.status_code >= 500:
                    faults.append(f"{call.name} answers {answer.status_code}")
                faults += [f"{call.name} {fault}" for fault in call.faults(answer)]
        check(f"API of {self.plugin}:", faults)

    def test_passes_over_what_it_does_not_know(self, world: World, calls: list[Operation]) -> None:
        """A parameter that no operation knows changes no answer, as everywhere in the API."""
        faults = []
        for call in calls:
            if call.method == "get" and not call.needed():
                caller = _caller(world, call)
                plain = caller.api("GET", call.path).status_code
                odd = caller.api("GET", f"{call.path}?no_such_parameter=1").status_code
                if odd != plain:
                    faults.append(f"{call.name} answers {odd} where it answers {plain} without it")
        check(f"API of {self.plugin}, with an unknown parameter:", faults)

    def test_answers_what_is_not_there(self, world: World, calls: list[Operation]) -> None:
        """A GET of something that does not exist, or with odd parameters, answers as declared."""
        faults = []
        for call in calls:
            if call.method == "get" and call.needed():
                answer = _caller(world, call).api("GET", fill(call.path))
                if answer.status_code >= 500:
                    faults.append(f"{call.name} answers {answer.status_code}")
                faults += [f"{call.name} {fault}" for fault in call.faults(answer)]
        check(f"API of {self.plugin}, asked for what is not there:", faults)

    def test_refuses_empty_writes(self, world: World, calls: list[Operation]) -> None:
        """A write without what it needs is refused with a problem that is declared."""
        faults = [
            f"{call.name} {fault}"
            for call in calls
            if call.method != "get"
            for fault in _refusals(_caller(world, call), call)
        ]
        check(f"API of {self.plugin}, sent nothing:", dict.fromkeys(faults))

    def test_asks_who_calls(self, wired: Wired, world: World) -> None:
        """A route that asks for a permission answers 401 without a token, 403 without the right."""
        faults = []
        for route in api_routes(wired):
            if not route.permissions:
                continue
            for status, client in ((401, world.guest), (403, world.officer("admin"))):
                answer = client.api(route.method, route.filled)
                if answer.status_code != status:
                    who = "who may nothing here" if client.person else "a stranger"
                    faults.append(f"{route.name} answers {answer.status_code} to {who}: {status}")
        check(f"API of {self.plugin}, called by others:", faults)

    def test_declares_repetitions_and_versions(self, calls: list[Operation]) -> None:
        """Where a key or a version may be sent, what may come of it is declared."""
        faults = []
        for call in calls:
            for header, statuses in (("Idempotency-Key", (409, 422)), ("If-Match", (412,))):
                for status in statuses if call.takes(header) else ():
                    if not call.declares(status):
                        what = f"{call.name} takes {header}, but does not declare {status}"
                        faults.append(f"{what}: responses=problems({status}, …)")
        check(f"API of {self.plugin}:", faults)

    def test_refuses_a_bad_key(self, world: World, calls: list[Operation]) -> None:
        """An Idempotency-Key that is none is refused where one is taken."""
        faults = []
        for call in calls:
            if call.method == "post" and call.takes("Idempotency-Key"):
                headers = {"idempotency-key": "k" * 201, "if-match": "*"}
                answer = _caller(world, call).api("POST", fill(call.path), headers=headers)
                if not 400 <= answer.status_code < 500:
                    faults.append(f"{call.name} answers {answer.status_code}, not 422")
        check(f"API of {self.plugin}, with a key of 201 characters:", faults)


def _caller(world: World, call: Operation) -> Client:
    return world.officer("officer") if call.is_secured else world.guest


def _attempts(call: Operation) -> Iterator[dict[str, Any]]:
    """Yield what to send: nothing of use, and where a version is asked for, any."""
    yield from EMPTY
    if call.takes("If-Match"):
        for sent in EMPTY:
            yield {**sent, "headers": {**sent.get("headers", {}), "if-match": "*"}}


def _refusals(client: Client, call: Operation) -> Iterator[str]:
    for sent in _attempts(call):
        answer = client.api(call.method.upper(), fill(call.path), **sent)
        status = answer.status_code
        if status >= 500:
            yield f"answers {status} to {sent or 'nothing'}"
        elif call.wants_body and status < 400:
            yield f"answers {status} to {sent or 'nothing'}, though it wants a body"
        elif call.declares(428) and status < 400 and "if-match" not in sent.get("headers", {}):
            yield f"answers {status} without If-Match, though it declares 428"
        elif status >= 400 and not answer.headers["content-type"].startswith(PROBLEM):
            yield f"refuses with {answer.headers['content-type']}, not with {PROBLEM}"
        else:
            yield from call.faults(answer)
