"""What plugins add to a bundle is asked for, checked, and its clashes name both owners."""

from types import SimpleNamespace
from typing import Any

import pytest

from civicapp import EnvVar, Process, Route, Secret, Service, ServiceConfig, Volume, hookimpl
from civicapp.bundle.build import secrets_of
from civicapp.bundle.resources import ask_resources
from civicapp.config import Int
from civicapp.kernel import boot

SOUND = (
    EnvVar("CIVICAPP_TAX_OFFICE", "which office", "the first"),
    Secret("tax_signing_key", "CIVICAPP_TAX_SIGNING_KEY_FILE", "signs receipts", generate=True),
    Secret("tax_bank", "CIVICAPP_TAX_BANK_FILE", "what the bank gave out"),
    Process("tax-sandbox", ("tax", "sandbox"), "plays the bank", port=8100),
    Process("tax", ("tax", "import"), "reads the rolls"),
    Route("/tax/sandbox", "tax-sandbox"),
    Route("/api/v1/tax/bank", "tax-sandbox"),
    Volume("tax_receipts", "CIVICAPP_TAX_RECEIPTS", "receipts"),
)


class TaxConfig(ServiceConfig):
    port: Int = 8100


def plugin(id, answer):
    """Make a plugin whose hook gives an answer, or what a function of its context returns."""

    def service():
        return Service(id=id, config=TaxConfig)

    def bundle_resources(context):
        return answer(context) if callable(answer) else answer

    return SimpleNamespace(service=hookimpl(service), bundle_resources=hookimpl(bundle_resources))


@pytest.fixture
def ask(yard):
    """Ask the plugins of a region for their resources: answers by plugin."""

    def run(**answers):
        yard.pack(f"plugins: [{', '.join(answers)}]\n")
        plugins = {id: plugin(id, answer) for id, answer in answers.items()}
        booted = boot("isle", plugins=plugins)
        assert booted.kernel is not None, booted.problems
        return ask_resources(booted.kernel)

    return run


def test_bundle_resources_are_asked_of_each_plugin(ask):
    found = ask(tax=list(SOUND), parks=lambda context: iter([EnvVar("CIVICAPP_PARKS_X", "x")]))
    assert found == {"parks": (EnvVar("CIVICAPP_PARKS_X", "x"),), "tax": SOUND}


def test_bundle_resources_depend_on_the_pack(ask, yard):
    yard.write("regions/isle/services/tax/config.yaml", "port: 8200\n")
    found = ask(
        tax=lambda context: [Process("tax", ("tax", "x"), "x", context.config(TaxConfig).port)]
    )
    assert found["tax"][0].port == 8200


@pytest.mark.parametrize("answer", [None, [], (), iter(())])
def test_plugin_may_add_nothing(ask, answer):
    assert ask(tax=answer) == {}


def test_secrets_are_the_kernels_then_the_plugins(ask):
    found = [(s.name, s.owner, s.generate, s.optional) for s in secrets_of(ask(tax=SOUND))]
    assert found == [
        ("secret_key", "", True, False),
        ("database_password", "", True, False),
        ("smtp_password", "", False, True),
        ("tax_signing_key", "tax", True, False),
        ("tax_bank", "tax", False, False),
    ]


def wrong(kind: Any, *values: Any) -> Any:
    """Build a resource as an author without a type checker may."""
    return kind(*values)


def variable(name):
    return EnvVar(name, "x")


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("text", "hook `bundle_resources` gave a str"),
        (None, "hook `bundle_resources` gave nothing"),
        (EnvVar("CIVICAPP_TAX_X", "two\nlines"), "EnvVar.help wants a text of one line"),
        (EnvVar("CIVICAPP_TAX_X", ""), "EnvVar.help wants a text of one line"),
        (wrong(EnvVar, "CIVICAPP_TAX_X", "x", None), "EnvVar.default wants a text of one line"),
        (
            wrong(Secret, "tax_x", "CIVICAPP_TAX_X_FILE", "x", "yes"),
            "Secret.generate wants True or False",
        ),
        (wrong(Process, "tax", "tax sandbox", "x"), "Process.command wants a tuple of arguments"),
        (Process("tax", (), "x"), "Process.command wants a tuple of arguments"),
        (wrong(Process, "tax", ("a", 3), "x"), "Process.command wants a tuple of arguments"),
        (
            wrong(Process, "tax", ("a",), "x", "80"),
            "Process.port wants a number of 1 to 65535, or None",
        ),
        (Process("tax", ("a",), "x", 0), "Process.port wants a number of 1 to 65535, or None"),
        (wrong(Route, 3, "tax"), "Route.path wants a text of one line"),
        (variable("TAX_X"), "variable `TAX_X` has another form than CIVICAPP_TAX_…"),
        (variable("CIVICAPP_TAX_"), "variable `CIVICAPP_TAX_` has another form"),
        (variable("CIVICAPP_TAX_x"), "variable `CIVICAPP_TAX_x` has another form"),
        (variable("CIVICAPP_DATABASE"), "variable `CIVICAPP_DATABASE` has another form"),
        (
            Secret("key", "CIVICAPP_TAX_X_FILE", "x"),
            "secret `key` has another form than tax or tax_…",
        ),
        (Secret("tax_../x", "CIVICAPP_TAX_X_FILE", "x"), "secret `tax_../x` has another form"),
        (Secret("tax_x", "CIVICAPP_TAX_X", "x"), "another form than CIVICAPP_TAX_…_FILE"),
        (Process("sandbox", ("a",), "x"), "process `sandbox` has another form"),
        (Volume("taxes", "CIVICAPP_TAX_X", "x"), "volume `taxes` has another form"),
        (Route("/tax/*", "tax"), "route `/tax/*` is no path"),
        (Route("/tax/", "tax"), "route `/tax/` is no path"),
        (Route("/tax/../api", "tax"), "route `/tax/../api` is no path"),
        (Route("/api/v1/core", "tax"), "route `/api/v1/core` belongs to the kernel"),
        (Route("/news", "tax"), "route `/news` belongs to plugin `news`"),
        (Route("/tax/x", "tax"), "route `/tax/x` leads to a process `tax` that it does not have"),
        (variable("CIVICAPP_TAX_X\n"), "EnvVar.name wants a text of one line"),
    ],
)
def test_unsound_resource_is_refused_at_the_line_of_its_plugin(ask, refused, resource, said):
    problems = refused(ask, tax=[resource])
    assert all(problem.startswith("plugin-error plugin tax: ") for problem in problems)
    assert said in problems[0]


def test_problem_stands_at_the_line_that_enables_the_plugin(ask):
    from civicapp.bundle.faults import Unbuildable

    with pytest.raises(Unbuildable) as caught:
        ask(parks=[], tax=3)
    [problem] = caught.value.problems
    assert str(problem.origin) == "regions/isle/region.yaml:7:18"


def test_route_to_a_process_that_does_not_listen_is_refused(ask, refused):
    [problem] = refused(ask, tax=[Process("tax", ("tax",), "x"), Route("/tax/x", "tax")])
    assert "route `/tax/x` leads to `tax`, which has no port" in problem


@pytest.mark.parametrize(
    ("id", "resource", "said"),
    [
        (
            "smtp",
            variable("CIVICAPP_SMTP_HOST"),
            "variable `CIVICAPP_SMTP_HOST` belongs to the kernel",
        ),
        (
            "secret",
            Secret("secret_key", "CIVICAPP_SECRET_X_FILE", "x"),
            "secret `secret_key` belongs to the kernel",
        ),
        ("worker", Process("worker", ("x",), "x"), "process `worker` belongs to the kernel"),
        ("data", Volume("data", "CIVICAPP_DATA_X", "x"), "volume `data` belongs to the kernel"),
        ("tax", Process("tax", ("x",), "x", 8000), "port `8000` belongs to the kernel"),
    ],
)
def test_clash_with_the_kernel_names_it(ask, refused, id, resource, said):
    [problem] = refused(ask, **{id: [resource]})
    assert problem.startswith(f"plugin-error plugin {id}: {said} too")


def test_clashes_between_plugins_name_both(ask, refused):
    parks = [Process("parks", ("parks",), "x", 8100)]
    tax = [Process("tax", ("tax",), "x", 8100), EnvVar("CIVICAPP_TAX_X", "x")]
    assert refused(ask, parks=parks, tax=tax) == [
        "plugin-error plugin tax: port `8100` belongs to parks too | give it a name of its own"
    ]


def test_clash_within_a_plugin_is_told(ask, refused):
    twice = [EnvVar("CIVICAPP_TAX_X", "x"), Volume("tax", "CIVICAPP_TAX_X", "x")]
    assert "variable `CIVICAPP_TAX_X` stands twice" in refused(ask, tax=twice)[0]


def test_every_fault_is_told_in_one_go(ask, refused):
    def broken(context):
        raise ValueError("no such office")

    told = refused(ask, parks=broken, news=5, tax=[variable("X"), Route("/tax/y", "z")])
    assert [line.partition(" | ")[0] for line in told] == [
        "plugin-error plugin news: hook `bundle_resources` returned an int",
        "plugin-error plugin parks: hook `bundle_resources` failed: ValueError: no such office",
        "plugin-error plugin tax: variable `X` has another form than CIVICAPP_TAX_…",
        "plugin-error plugin tax: route `/tax/y` leads to a process `z` that it does not have",
    ]
