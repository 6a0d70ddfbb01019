"""The part of the contract on pages: those for everyone, and the desk."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, ClassVar

import pytest

from civicapp.testing.clients import Client
from civicapp.testing.contract.base import PluginBase, check
from civicapp.testing.markup import page_faults
from civicapp.testing.routes import UNSAFE, PluginRoute, desk_routes, page_routes
from civicapp.testing.worlds import World
from civicapp.wiring import Wired

SIGN_IN = "/account/sign-in"


class Served(PluginBase):
    """What a plugin shows can be read by everyone, and its desk by those who may.

    not_opened: paths of pages that cannot be opened without having been somewhere before, such as
    `/parks/new/check`.
    """

    not_opened: ClassVar[Collection[str]] = ()

    def test_opens_each_page_in_each_language(self, wired: Wired, world: World) -> None:
        """Every page without parameters answers 200 with sound HTML, in each language."""
        routes = [r for r in page_routes(wired) if r.method == "GET" and r.bare]
        check(f"pages of {self.plugin}:", self._faults(world, world.guest, routes))
        self._check_parts(world)

    def test_opens_each_page_of_the_desk(self, wired: Wired, world: World) -> None:
        """Every page of the desk without parameters does so for an officer who may do all."""
        routes = [r for r in desk_routes(wired) if r.method == "GET" and r.bare]
        check(f"desk of {self.plugin}:", self._faults(world, world.officer("officer"), routes))

    def test_shows_its_parts_of_other_pages(self, world: World) -> None:
        """Its parts of the home page, the menu, pages of areas and the foot come out sound."""
        region = world.kernel.region
        paths = ["/", "/menu", *(f"/area/{area}" for area in list(region.areas)[:3])]
        faults: list[str] = []
        for language in region.languages:
            for path in paths:
                world.guest.speak(language)
                faults += _looked_at(world.guest, path, language)
        check(f"pages of the portal with {self.plugin}:", faults)
        self._check_parts(world)

    def test_keeps_its_desk_to_those_who_may(self, wired: Wired, world: World) -> None:
        """A guest is led to the sign-in, an officer without the permission is refused."""
        routes = desk_routes(wired)
        if not routes:
            pytest.skip(f"{self.plugin} has no desk")
        faults = []
        stranger = world.officer("admin")
        for route in routes:
            answer = _send(world.guest, route)
            where = answer.headers.get("location", "")
            if answer.status_code != 303 or not where.startswith(SIGN_IN):
                faults.append(f"{route.name} answers a guest {answer.status_code}, not the sign-in")
            status = _send(stranger, route).status_code
            if status != 403:
                faults.append(f"{route.name} answers {status} to who may nothing here, not 403")
        check(f"desk of {self.plugin}:", faults)

    def test_refuses_empty_forms(self, wired: Wired, world: World) -> None:
        """A form that is sent empty, or to something that is not there, is no fault of the app."""
        faults = []
        pairs = [
            (world.guest, page_routes(wired)),
            (world.officer("officer"), desk_routes(wired)),
        ]
        for client, routes in pairs:
            for route in (r for r in routes if r.method in UNSAFE):
                client.get("/desk" if client.person else "/")  # for the token of forms
                answer = _send(client, route)
                if answer.status_code >= 500:
                    faults.append(f"{route.name} answers {answer.status_code} to an empty form")
        check(f"forms of {self.plugin}:", faults)

    def _faults(self, world: World, client: Client, routes: Iterable[PluginRoute]) -> Iterator[str]:
        for route in routes:
            if route.path in self.not_opened:
                continue
            for language in world.kernel.region.languages:
                yield from _looked_at(client.speak(language), route.path, language)

    def _check_parts(self, world: World) -> None:
        failures = sorted(world.kernel.failures)
        check(
            "code failed and was left out of a page; the log above tells why:",
            [f"{place} of {plugin}" for plugin, place in failures],
        )


def _looked_at(client: Client, path: str, language: str) -> Iterator[str]:
    answer = client.get(path, follow_redirects=True)
    if answer.status_code != 200:
        said = client.text(answer)[:200]
        yield f"GET {path} answers {answer.status_code} in `{language}`: {said}"
    elif answer.headers.get("content-type", "").startswith("text/html"):
        for fault in page_faults(answer.text, language):
            yield f"GET {path} in `{language}`: {fault}"


def _send(client: Client, route: PluginRoute) -> Any:
    if route.method in UNSAFE:
        return client.submit(route.filled, method=route.method)
    return client.request(route.method, route.filled)
