"""The kernel: discovery, hooks, order, clashes; each fault is told with plugin and hook."""

import datetime
import shutil
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pluggy
import pytest
import typer
from fastapi import APIRouter

from civicapp import Block, Context, MenuItem, Problem, Service, ServiceConfig, Text, hookimpl
from civicapp.kernel import boot
from civicapp.plugins import PluginError, Plugins, discover
from civicapp.problems import Origin
from civicapp.service import RESERVED

hookspec = pluggy.HookspecMarker("civicapp")


@pytest.fixture(autouse=True)
def only_our_modules():
    """Forget the modules that a test makes."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("made_", "civicapp_made")):
            del sys.modules[name]


def module(name: str, **members: Any) -> types.ModuleType:
    """Make a module that references can point to."""
    made = types.ModuleType(name)
    vars(made).update(members)
    sys.modules[name] = made
    return made


def plugin(id: str, **fields: Any) -> SimpleNamespace:
    """Make a plugin whose service has some fields."""

    @hookimpl
    def service() -> Service:
        return Service(id=id, **fields)

    return SimpleNamespace(service=service)


@pytest.fixture
def start(island):
    """Return a function that boots the island with some plugins, in their order."""
    shutil.rmtree(island.folder / "services")
    sources = island.text("sources.csv")
    island.write("sources.csv", sources.replace("services/market/stalls.csv,invented,CC0\n", ""))
    region = island.text("region.yaml")

    def run(**plugins: object) -> Any:
        island.write("region.yaml", region.replace("[market]", f"[{', '.join(plugins)}]"))
        return boot(island.folder, plugins=plugins)

    return run


def faults(booted: Any) -> list[str]:
    """Return what is wrong with plugins; all of it stands where the plugin is enabled."""
    assert all(
        p.origin and str(p.origin).startswith("island/region.yaml:7:") for p in booted.problems
    )
    assert (booted.kernel is None) == bool(booted.problems)
    return [p.message for p in booted.problems]


# hook service


def test_hook_service_contributes_a_service(start):
    kernel = start(aa=plugin("aa"), bb=SimpleNamespace()).kernel
    assert kernel.ids == ("aa",)
    assert kernel.service("aa").service == Service(id="aa")
    assert kernel.plugins.ids == ("aa", "bb")
    assert kernel.installed["aa"].origin == "given by the program"
    with pytest.raises(KeyError):
        kernel.service("bb")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (5, "plugin aa: hook `service` returned an int"),
        (Service, "plugin aa: hook `service` returned a type"),
        (Service(id="bb"), "plugin aa: its service calls itself `bb`"),
        (Service(id=5), "plugin aa: its service calls itself `5`"),  # type: ignore[arg-type]
    ],
)
def test_hook_service_returns_its_own_service(start, answer, message):
    @hookimpl
    def service():
        return answer

    booted = start(aa=SimpleNamespace(service=service))
    assert faults(booted) == [message]
    assert booted.problems[0].code == "plugin-error"
    assert booted.problems[0].hint
    assert booted.skipped == ("config and rules of aa: the plugin has a fault",)


def test_hook_service_may_return_nothing(start):
    @hookimpl
    def service():
        return None

    assert start(aa=SimpleNamespace(service=service)).kernel.ids == ()


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3)])
def test_hook_service_that_raises_is_named(start, error):
    @hookimpl
    def service():
        raise error

    (message,) = faults(start(aa=SimpleNamespace(service=service), bb=plugin("bb")))
    assert message.startswith("plugin aa: hook `service` failed: ")
    assert type(error).__name__ in message


def test_hook_service_with_a_wrong_argument(start):
    @hookimpl
    def service(region):
        return None

    booted = start(aa=SimpleNamespace(service=service))
    assert faults(booted) == ["plugin aa: hook `service` has no argument `region`"]
    assert booted.problems[0].hint == "`service` has no arguments"


# hook check_region


def test_hook_check_region_is_given_the_region(start):
    @hookimpl
    def check_region(region):
        return [region.problem("timezone", "odd", f"is {region.timezone}", "change it")]

    booted = start(aa=SimpleNamespace(check_region=check_region))
    (problem,) = booted.problems
    assert (problem.message, problem.origin) == (
        "is Asia/Jakarta",
        Origin("island/region.yaml", 4, 11),
    )


def test_hook_check_region_with_a_misspelt_argument(start):
    @hookimpl
    def check_region(regoin):
        return []

    booted = start(aa=SimpleNamespace(check_region=check_region))
    assert faults(booted) == ["plugin aa: hook `check_region` has no argument `regoin`"]
    assert booted.problems[0].hint == "did you mean `region`?"


def test_hook_check_region_may_do_without_its_argument(start):
    @hookimpl
    def check_region():
        return ()

    @hookimpl(specname="check_region")
    def other(region, strict=True):
        assert strict

    plugins = {"aa": SimpleNamespace(check_region=check_region), "bb": SimpleNamespace(other=other)}
    assert start(**plugins).problems == ()


def test_hook_check_region_that_raises_is_named(start):
    @hookimpl
    def check_region(region):
        return [region.areas["nowhere"]]

    @hookimpl(specname="check_region")
    def lazily(region):
        yield region.problem("name", "odd", "first", "x")
        raise ValueError("in\n  the generator")

    booted = start(aa=SimpleNamespace(check_region=check_region), bb=SimpleNamespace(lazily=lazily))
    assert faults(booted) == [
        "plugin aa: hook `check_region` failed: KeyError: 'nowhere'",
        "plugin bb: hook `check_region` failed: ValueError: in the generator",
    ]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Problem("a", "b"), "hook `check_region` returned a Problem"),
        ("text", "hook `check_region` returned a str"),
        (["text"], "hook `check_region` gave a str"),
        ([None], "hook `check_region` gave nothing"),
        ([Problem("a", 5)], "hook `check_region` gave a Problem"),  # type: ignore[arg-type]
        ([Problem("a", "b", origin="here")], "gave a Problem"),  # type: ignore[arg-type]
        ([Problem("a", "b", origin=Origin("f", "1"))], "gave a Problem"),  # type: ignore[arg-type]
        ([Problem("a", "b", severity="bad")], "gave a Problem"),  # type: ignore[arg-type]
    ],
)
def test_hook_check_region_gives_problems_only(start, answer, message):
    @hookimpl
    def check_region(region):
        return answer

    booted = start(aa=SimpleNamespace(check_region=check_region))
    assert message in faults(booted)[0]
    assert booted.problems[0].hint


# Hooks in general


def test_misspelt_hook_names_the_nearest(start):
    @hookimpl
    def servcie():
        return None

    @hookimpl
    def chek_region(region):
        return []

    booted = start(aa=SimpleNamespace(servcie=servcie), bb=SimpleNamespace(chek_region=chek_region))
    assert faults(booted) == [
        "plugin aa: there is no hook `servcie`",
        "plugin bb: there is no hook `chek_region`",
    ]
    assert [p.hint for p in booted.problems] == [
        "did you mean `service`?",
        "did you mean `check_region`?",
    ]


def test_forgotten_hookimpl_is_found(start):
    def service():
        return Service(id="aa")

    booted = start(aa=SimpleNamespace(service=service))
    assert faults(booted) == [
        "plugin aa: function `service` is named like a hook, but is not marked with @hookimpl"
    ]
    # What is no function may have the name.
    assert start(aa=SimpleNamespace(service=SimpleNamespace())).problems == ()


def test_wrappers_are_refused(start):
    @hookimpl(wrapper=True)
    def service() -> Iterator[None]:
        yield

    assert "is a wrapper" in faults(start(aa=SimpleNamespace(service=service)))[0]


def test_one_module_for_two_plugins(start):
    one = SimpleNamespace()
    assert faults(start(aa=one, bb=one)) == ["plugin bb: its module is that of aa too"]


def test_classes_and_their_objects_are_plugins_too(start):
    class Plugin:
        @hookimpl
        def service(self):
            return Service(id="aa")

        @hookimpl
        def check_region(self, region):
            return []

    assert start(aa=Plugin()).kernel.ids == ("aa",)


def test_a_hook_goes_by_keyword():
    from civicapp import hookspecs

    plugins = Plugins()
    plugins.register("aa", SimpleNamespace())
    with pytest.raises(TypeError):
        list(plugins.each(hookspecs.check_region, object()))  # type: ignore[arg-type]
    assert list(plugins.each(hookspecs.service)) == []


# Hooks that a service opens


@hookspec
def route_report(report, region):
    """Route a report."""


def opener(id="aa", **more):
    module("made_specs", route_report=route_report)
    return plugin(id, hookspecs="made_specs", **more)


def router_of(answer):
    @hookimpl
    def route_report(report):
        return answer

    return SimpleNamespace(route_report=route_report)


def test_hook_of_another_service(start):
    kernel = start(aa=opener(), bb=router_of("b"), cc=router_of(None), dd=router_of("d")).kernel
    assert list(kernel.plugins.each(route_report, report=1, region=2)) == [("bb", "b"), ("dd", "d")]


def test_hook_of_another_service_that_is_off(start):
    booted = start(bb=router_of("b"))
    assert faults(booted) == ["plugin bb: there is no hook `route_report`"]
    assert booted.problems[0].hint == "write @hookimpl(optionalhook=True) if its plugin may be off"

    @hookimpl(optionalhook=True, specname="route_report")
    def optional(report):
        return None

    assert start(bb=SimpleNamespace(optional=optional)).problems == ()


def test_hook_of_another_service_that_has_a_fault_is_not_blamed(start):
    booted = start(aa=plugin("aa", hookspecs="made_nowhere"), bb=router_of("b"))
    (message,) = faults(booted)
    assert message.startswith("plugin aa: hookspecs `made_nowhere`: the module cannot be imported")
    assert "hook `route_report` of bb: the plugin that opens it may be the faulty one" in (
        booted.skipped
    )


def test_hook_of_another_service_with_a_wrong_argument_blames_the_right_plugin(start):
    @hookimpl
    def route_report(raport):
        return None

    booted = start(aa=opener(), bb=SimpleNamespace(route_report=route_report), cc=router_of("c"))
    assert faults(booted) == ["plugin bb: hook `route_report` has no argument `raport`"]
    assert booted.problems[0].hint == "did you mean `report`?"


def test_hook_that_two_services_open(start):
    booted = start(aa=opener(), bb=opener("bb"))
    assert faults(booted) == ["plugin bb: hook `route_report` is opened by aa too"]


def test_hookspecs_without_a_hook(start):
    module("made_empty")
    booted = start(aa=plugin("aa", hookspecs="made_empty"))
    assert faults(booted) == ["plugin aa: hookspecs `made_empty` holds no hook"]


def test_hookspecs_never_replace_a_hook_of_the_kernel(start):
    @hookspec
    def service():
        """Be another."""

    module("made_specs", service=service)
    booted = start(aa=plugin("aa", hookspecs="made_specs"))
    assert faults(booted) == ["plugin aa: hook `service` is opened by the kernel too"]


# References


def test_references_are_resolved(start):
    def block(context: Context) -> Block | None:
        return None

    module(
        "made_parts", api=APIRouter(), pages=APIRouter(), block=block, app=typer.Typer(), fact=block
    )
    item = MenuItem("aa", "Aa", fact="made_parts:fact", path="/sub/")
    wired = start(
        aa=plugin(
            "aa",
            api="made_parts:api",
            pages="made_parts:pages",
            home="made_parts:block",
            area="made_parts:block",
            footer="made_parts:block",
            commands="made_parts:app",
            menu=(item,),
        )
    ).kernel.service("aa")
    assert wired.home is wired.area is wired.footer is block
    assert isinstance(wired.api, APIRouter)
    assert (wired.menu[0].path, wired.menu[0].fact) == ("/aa/sub", block)


def test_every_wrong_reference_is_reported_at_once(start):
    module("made_parts", five=5)
    item = MenuItem("aa", "Aa", icon="fon", fact="made_parts:fiv")
    booted = start(
        aa=plugin(
            "aa",
            api="made_parts:five",
            pages="made_nowhere:router",
            home="made_parts:five",
            area="made_parts",
            footer="made_parts:foot",
            commands="made_parts:five",
            menu=(item,),
        )
    )
    assert sorted(faults(booted)) == [
        "plugin aa: api `made_parts:five` is an int, wants an APIRouter of fastapi",
        "plugin aa: area `made_parts` is a module, wants a function of a Context",
        "plugin aa: commands `made_parts:five` is an int, wants a typer.Typer",
        "plugin aa: fact of menu item aa `made_parts:fiv`: the module has no `fiv`",
        "plugin aa: footer `made_parts:foot`: the module has no `foot`",
        "plugin aa: home `made_parts:five` is an int, wants a function of a Context",
        "plugin aa: menu item `aa`: there is no icon `fon`",
        "plugin aa: pages `made_nowhere:router`: the module cannot be imported: "
        "ModuleNotFoundError: No module named 'made_nowhere'",
    ]
    assert all(p.hint for p in booted.problems)


def test_a_footer_cannot_wait(start):
    async def foot(context: Context) -> Block | None:
        return None

    module("made_parts", foot=foot)
    (message,) = faults(start(aa=plugin("aa", footer="made_parts:foot")))
    assert "footer `made_parts:foot` is a function" in message
    assert "wants a plain function of a Context" in message
    assert start(aa=plugin("aa", home="made_parts:foot", area="made_parts:foot")).kernel


def test_reference_to_a_module_that_raises(start, tmp_path, monkeypatch):
    (tmp_path / "made_raises.py").write_text("import sys\nsys.exit('enough')\n")
    monkeypatch.syspath_prepend(tmp_path)
    (message,) = faults(start(aa=plugin("aa", home="made_raises:home")))
    assert message.endswith("the module cannot be imported: SystemExit: enough")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"config": dict}, "Service.config wants a class made from ServiceConfig"),
        ({"config": ServiceConfig()}, "Service.config wants a class made from ServiceConfig"),
        ({"needs": "bb"}, 'Service.needs wants a tuple of ids, such as ("prices",)'),
        ({"needs": ["bb"]}, 'Service.needs wants a tuple of ids, such as ("prices",)'),
        ({"menu": MenuItem("a", "A")}, "Service.menu wants a tuple of MenuItem"),
        ({"menu": ("a",)}, "Service.menu wants a tuple of MenuItem"),
        (
            {"menu": (MenuItem(cast("str", 5), "A"),)},
            "Service.menu item 5 wants texts, and a number as weight",
        ),
        ({"api": APIRouter()}, 'Service.api wants a reference such as "package.module:name"'),
        ({"hookspecs": ""}, 'Service.hookspecs wants a reference such as "package.module:name"'),
    ],
)
def test_descriptor_of_wrong_types(start, fields, message):
    assert faults(start(aa=plugin("aa", **fields))) == [f"plugin aa: {message}"]


# Ids, needs, order


@pytest.mark.parametrize("id", sorted(RESERVED - {"v"}))
def test_reserved_ids(start, id):
    booted = start(**{id: plugin(id)})
    assert faults(booted) == [f"plugin {id}: the id `{id}` is the kernel's own"]


@pytest.mark.parametrize("id", ["a", "Aa", "a_b", "a-b", "1a", "a" * 22])
def test_ids_are_words(start, id):
    assert faults(start(**{id: plugin(id)})) == [f"plugin {id}: `{id}` is no plugin id"]


def test_needs_that_are_off(start):
    booted = start(aa=plugin("aa", needs=("bb", "cc")), cc=plugin("cc"))
    assert faults(booted) == ["plugin aa: it needs the plugin `bb`, which is not enabled"]
    assert booted.problems[0].hint == "add `bb` to `plugins`"


def test_needs_in_a_circle(start):
    booted = start(aa=plugin("aa", needs=("bb",)), bb=plugin("bb", needs=("aa",)), cc=plugin("cc"))
    (message,) = faults(booted)
    assert "plugins need one another in a circle: " in message
    assert message.count(" → ") == 2


def test_needs_come_first_else_the_id_decides(start):
    calls = []

    def calling(id, *needs):
        made = plugin(id, needs=needs)

        @hookimpl
        def check_region(region):
            calls.append(id)

        made.check_region = check_region
        return made

    plugins = {
        "aa": calling("aa", "zz"),
        "dd": calling("dd", "aa"),
        "bb": calling("bb"),
        "zz": calling("zz"),
    }
    kernel = start(**plugins).kernel
    assert calls == ["bb", "zz", "aa", "dd"]
    assert kernel.plugins.ids == ("bb", "zz", "aa", "dd")
    assert kernel.ids == ("bb", "zz", "aa", "dd")
    calls.clear()
    assert start(**dict(reversed(plugins.items()))).kernel.ids == kernel.ids


# Clashes


def test_menu_key_of_two_plugins_names_both(start):
    item = MenuItem("news", "News")
    booted = start(aa=plugin("aa", menu=(item,)), bb=plugin("bb", menu=(item,)))
    assert faults(booted) == ["plugin bb: menu item `news` belongs to aa too"]


def test_menu_key_twice_in_one_plugin(start):
    booted = start(aa=plugin("aa", menu=(MenuItem("news", "News"), MenuItem("news", "Old"))))
    assert faults(booted) == ["plugin aa: menu item `news` stands twice"]


def test_routes_that_stand_twice_and_of_several_methods(start):
    inner = APIRouter(prefix="/in")
    router = APIRouter()

    def page():
        return {}

    inner.get("/x")(page)
    router.include_router(inner)
    router.get("/in/x")(page)
    router.get("/a/{id}")(page)
    router.get("/a/{code}")(page)
    router.post("/a/{id}")(page)
    router.api_route("/b", methods=["GET", "POST"])(page)
    module("made_routes", router=router)
    booted = start(aa=plugin("aa", api="made_routes:router"))
    assert sorted(faults(booted)) == [
        "plugin aa: api: route `/b` has several methods: GET, POST",
        "plugin aa: api: route `GET /a/{code}` stands twice",
        "plugin aa: api: route `GET /in/x` stands twice",
    ]


# Distributions


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a function that installs a distribution with a plugin."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def install(id, source="", name=None, version="1.0"):
        name = name or f"civicapp-made-{id}"
        package = name.replace("-", "_")
        (folder / f"{package}.py").write_text(source)
        info = folder / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[civicapp.plugins]\n{id} = {package}\n")
        return info

    return install


SOURCE = """\
from civicapp import Service, hookimpl

@hookimpl
def service():
    return Service(id={id!r})
"""


def named(island, *ids):
    island.edit("region.yaml", "plugins: [market]", f"plugins: [{', '.join(('market', *ids))}]")
    return island


def test_installed_plugin_is_found_and_only_the_enabled_are_imported(island, site):
    site("aa", SOURCE.format(id="aa"))
    site("bb", "raise SystemError('never imported')\n")
    booted = named(island, "aa").boot()
    assert booted.problems == ()
    assert booted.kernel.ids == ("aa", "market")
    assert "civicapp_made_aa" in sys.modules
    assert "civicapp_made_bb" not in sys.modules
    found = booted.kernel.installed["bb"]
    assert (found.distribution, found.version, found.origin) == ("civicapp-made-bb", "1.0", "site")


def test_plugin_that_cannot_be_imported(island, site):
    site("aa", "import made_nowhere\n")
    problem = named(island, "aa").only()
    assert (problem.code, str(problem.origin)) == ("plugin-error", "island/region.yaml:7:19")
    assert problem.message == (
        "plugin aa: civicapp_made_aa cannot be imported: "
        "ModuleNotFoundError: No module named 'made_nowhere'"
    )
    assert problem.hint == "reinstall civicapp-made-aa 1.0, or take aa out of `plugins`"


@pytest.mark.parametrize("source", ["raise SystemExit", "1/0", "def (", "\0"])
def test_plugin_whose_import_raises(island, site, source):
    site("aa", source)
    assert named(island, "aa").only().code == "plugin-error"


def test_two_distributions_of_one_id(island, site):
    site("aa", SOURCE.format(id="aa"))
    site("aa", SOURCE.format(id="aa"), name="civicapp-made-other")
    assert len(discover()["aa"]) == 2
    problem = named(island, "aa").only()
    assert problem.message == (
        "plugin aa: two distributions bring it: civicapp-made-aa and civicapp-made-other"
    )
    assert problem.hint == "uninstall one of them"


def test_older_copy_further_down_the_path_does_not_count(island, site, tmp_path, monkeypatch):
    site("aa", SOURCE.format(id="aa"))
    info = site("bb", version="2.0").parent / "civicapp_made_aa-0.9.dist-info"
    old = tmp_path / "old"
    old.mkdir()
    info = old / "civicapp_made_aa-0.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: civicapp-made-aa\nVersion: 0.9\n")
    (info / "entry_points.txt").write_text("[civicapp.plugins]\naa = civicapp_made_aa\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(old)])
    assert [i.version for i in discover()["aa"]] == ["1.0"]


def test_given_plugin_stands_in_for_an_installed_one(island, site):
    site("aa", "raise SystemError\n")
    booted = named(island, "aa").boot(plugins={**island.plugins, "aa": plugin("aa")})
    assert booted.kernel.ids == ("aa", "market")


# Context and Kernel


class Config(ServiceConfig):
    word: Text = "hello"


def test_context_is_typed_and_speaks_the_visitors_language(island):
    kernel = island.boot().kernel
    context = kernel.context("market", "fr", kernel.region.areas["7.1"])
    model = type(kernel.region.services["market"])
    assert context.config(model).days == 6
    with pytest.raises(TypeError, match="the config of market is a MarketConfig"):
        context.config(Config)
    assert context.languages == ("fr", "en")
    assert context.gettext("Good %(day)s", day="jour") == "Bon jour"
    assert kernel.context("market", "en").gettext("Good %(day)s", day="day") == "Good day"
    assert context.text(kernel.region.name) == "Véra"
    assert context.text(None) == ""
    assert context.number(1234567.5, 1) == "1\u202f234\u202f567,5"
    assert kernel.context("", "en").number(1234567) == "1,234,567"
    with pytest.raises(TypeError, match="the config of market is a MarketConfig"):
        kernel.region.config("market", Config)


@pytest.fixture
def write(island):
    """Return what makes the context of a language in a region of a currency."""
    plain: Context = island.boot().kernel.context("", "en")

    def make(language: str, currency: str = "IDR") -> Context:
        region = SimpleNamespace(currency=currency, languages=("id", "en"), timezone="Asia/Jakarta")
        return replace(plain, language=language, region=cast("Any", region))

    return make


@pytest.mark.parametrize(
    ("language", "currency", "amount", "written"),
    [
        ("id", "IDR", 1250000, "Rp1.250.000"),
        ("en", "IDR", Decimal("14033.500001"), "Rp14,034"),
        ("id", "IDR", -200, "\u2212Rp200"),
        ("fr", "IDR", 1250, "1\u202f250\u00a0Rp"),
        ("en", "EUR", Decimal("1250.555"), "€1,250.56"),
        ("de", "EUR", Decimal("1250.555"), "1.250,56\u00a0€"),
        ("en", "JPY", Decimal("1250.555"), "JP¥1,251"),
        ("en", "KWD", Decimal("1250.555"), "KWD\u00a01,250.555"),
    ],
)
def test_money_is_written_as_the_language_and_the_currency_want(
    write, language, currency, amount, written
):
    assert write(language, currency).money(amount) == written


def test_shares_and_times_are_written_as_the_language_does(write):
    assert (write("en").percent(0.01428), write("id").percent(0.01428)) == ("1.4%", "1,4%")
    assert write("en").percent(Decimal("0.5"), 0) == "50%"
    at = datetime.datetime(2026, 5, 12, 7, 5, tzinfo=datetime.UTC)
    assert (write("id").clock(at), write("en").clock(at)) == ("14.05 WIB", "14:05 WIB")
    assert write("id").moment(at) == "12 Mei 2026, 14.05 WIB"


def test_kernels_are_independent(island, start):
    first = start(aa=plugin("aa"))
    kernels = [first.kernel, *(start(**{f"p{n}": plugin(f"p{n}")}).kernel for n in range(9))]
    assert [k.ids for k in kernels] == [("aa",), *((f"p{n}",) for n in range(9))]
    assert len({id(k.plugins) for k in kernels}) == 10
    kernels[0].guarded("aa", "home", lambda: 1 / 0)
    assert kernels[0].failures == {("aa", "home"): 1}
    assert all(not k.failures for k in kernels[1:])


def test_guarded_code_of_a_plugin_is_isolated_and_counted(start):
    kernel = start(aa=plugin("aa")).kernel
    assert kernel.guarded("aa", "home", lambda: 5) == 5
    assert kernel.guarded("aa", "home", [].pop) is None
    assert kernel.guarded("aa", "home", {}.popitem) is None
    assert kernel.failures == {("aa", "home"): 2}


def test_boot_reads_the_settings_of_the_host(island, monkeypatch):
    monkeypatch.setenv("CIVICAPP_LOG_LEVEL", "loud")
    monkeypatch.setenv("CIVICAPP_BASE_URL", "ftp://x")
    booted = island.boot()
    assert [p.code for p in booted.problems] == ["wrong-setting", "wrong-setting"]
    assert booted.kernel is None
    monkeypatch.setenv("CIVICAPP_LOG_LEVEL", "debug")
    monkeypatch.delenv("CIVICAPP_BASE_URL")
    assert island.boot().kernel.settings.log_level == "debug"


def test_plugin_error_says_what_and_how():
    error = PluginError("aa", "is odd", "mend it")
    assert (str(error), error.plugin, error.hint) == ("is odd", "aa", "mend it")
