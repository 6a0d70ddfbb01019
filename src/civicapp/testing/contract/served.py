"""The part of the contract on pages: those for everyone, and the desk."""

from collections.abc import Collection
from typing import Any, ClassVar

import pytest

from civicapp.testing.clients import Client
from civicapp.testing.contract.base import PluginBase, check, opened, parts_left_out
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
        paths = [r.path for r in routes if r.path not in self.not_opened]
        check(f"pages of {self.plugin}:", opened(world, world.guest, paths))
        parts_left_out(world.kernel)

    def test_opens_each_page_of_the_desk(self, wired: Wired, world: World) -> None:
        """Every page of the desk without parameters does so for an officer who may do all."""
        routes = [r for r in desk_routes(wired) if r.method == "GET" and r.bare]
        paths = ["/desk", *(r.path for r in routes if r.path not in self.not_opened)]
        check(f"desk of {self.plugin}:", opened(world, world.officer("officer"), paths))

    def test_shows_its_parts_of_other_pages(self, world: World) -> None:
        """Its parts of the home page, the menu, pages of areas and the foot come out sound."""
        areas = [f"/area/{code}" for code in list(world.kernel.region.areas)[:3]]
        found = opened(world, world.guest, ["/", "/menu", *areas])
        check(f"pages of the portal with {self.plugin}:", found)
        parts_left_out(world.kernel)

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


def _send(client: Client, route: PluginRoute) -> Any:
    if route.method in UNSAFE:
        return client.submit(route.filled, method=route.method)
    return client.request(route.method, route.filled)
