"""Dockerfile and compose.yaml keep to the rules that no validator checks."""

import json
import re
import shlex
from fnmatch import fnmatch

import pytest

from civicapp.bundle.facts import KERNEL_SECRETS

ONCE = {"migrate"}
SILENT = {"tax-poll"}  # a process of a plugin that listens nowhere
WRITES = {"db"}
CAPABILITIES = {
    "db": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
    "proxy": {"NET_BIND_SERVICE"},
}
ENV = {
    "CIVICAPP_BASE_URL": "https://isle.example",
    "SECRETS_DIR": "/srv/secrets",
    "SMTP_PASSWORD_FILE": "/srv/secrets/smtp_password",
}

# Dockerfile


def test_what_builds_is_not_what_runs(bundle):
    build, final = bundle.stages
    assert (build.name, final.name) == ("build", "")
    assert final.all("COPY")[0] == "--from=build /opt/civicapp/venv /opt/civicapp/venv"
    assert not [run for run in final.all("RUN") if "pip" in run]


def test_base_image_is_a_tag_that_the_operator_may_change(bundle):
    assert "ARG PYTHON_IMAGE=python:3.11-slim-bookworm\n" in bundle.text("Dockerfile")
    assert {stage.base for stage in bundle.stages} == {"${PYTHON_IMAGE}"}
    assert "sha256:" not in bundle.text("Dockerfile") + bundle.text("compose.yaml")


def test_runs_as_a_number_that_is_not_root(bundle):
    user, _, group = bundle.stages[-1].last("USER").partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    names = [name for name, _ in bundle.stages[-1].instructions]
    last = len(names) - 1 - names[::-1].index("USER")
    assert not {"RUN", "COPY"} & set(names[last:])


def test_no_shell_starts_it(bundle):
    final = bundle.stages[-1]
    for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        assert not {"sh", "bash", "/bin/sh", "/bin/bash"} & set(final.words(name))
    assert final.words("ENTRYPOINT") == ["/opt/civicapp/venv/bin/civicapp"]
    assert final.words("CMD") == [
        *("serve", "/opt/civicapp/bundle", "--host", "0.0.0.0", "--no-worker"),
    ]


def test_says_whether_it_is_healthy(bundle):
    words = bundle.stages[-1].words("HEALTHCHECK")
    assert words[:2] == ["/opt/civicapp/venv/bin/python", "-c"]
    assert "/healthz" in words[2]
    compile(words[2], "HEALTHCHECK", "exec")


def test_fetches_nothing_but_packages_with_digests(bundle):
    text = bundle.text("Dockerfile")
    assert not re.search(r"^ADD|curl|wget|https?://(?!127\.0\.0\.1)", text, re.MULTILINE)
    installs = [line for line in text.splitlines() if " install " in line and "pip" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in x or "--no-deps --no-index" in x for x in installs)


def test_offline_nothing_is_fetched_at_all(bundle, make_facts):
    from civicapp.bundle.host import render_host

    given = make_facts(offline=True, architecture="x86_64")
    build = type(bundle)(render_host(given)).stages[0]
    locked = next(run for run in build.all("RUN") if "--require-hashes" in run)
    assert "--no-index --find-links wheels" in locked
    order = [f"{name} {rest}" for name, rest in build.instructions]
    assert order.index("COPY wheels/ wheels/") < order.index(f"RUN {locked}")


def test_what_is_copied_is_in_the_bundle_and_let_in(bundle):
    made = {*bundle.files, "region.json", "MANIFEST.json", "requirements.lock", "openapi.json"}
    lines = bundle.text(".dockerignore").splitlines()
    ignore = [line for line in lines if not line.startswith("#")]
    assert ignore[0] == "*"
    allowed = {line.removeprefix("!") for line in ignore[1:]}
    copied = set()
    for stage in bundle.stages:
        for rest in stage.all("COPY"):
            words = shlex.split(rest)
            if not words[0].startswith("--from="):
                copied |= {w.rstrip("/") for w in words[:-1] if not w.startswith("--")}
    assert copied == allowed
    assert copied - {"wheels"} <= made
    for private in (".env", "overrides", "overrides/compose.yaml", "compose.yaml"):
        assert not any(fnmatch(private, name) for name in allowed)


def test_folders_of_volumes_belong_to_the_user(rich):
    final = rich.stages[-1]
    folders = json.loads(final.last("VOLUME"))
    assert folders == ["/var/lib/civicapp/data", "/var/lib/civicapp/tax_receipts"]
    user = final.last("USER").partition(":")[0]
    made = final.all("RUN")[0]
    assert f"-o {user} -g {user} {' '.join(folders)}" in made
    mounted = {v.partition(":")[2] for v in rich.compose["services"]["api"]["volumes"]}
    assert mounted == set(folders)


# compose.yaml


def test_services_are_those_of_the_app_and_of_the_plugins(bundle, rich):
    usual = {"migrate", "api", "worker", "db", "proxy"}
    assert usual <= set(bundle.compose["services"])
    assert set(rich.compose["services"]) == usual | {"tax_sandbox", "tax-poll"}


def test_every_name_resolves(bundle):
    compose = bundle.compose
    declared = {kind: set(compose[kind]) for kind in ("services", "secrets", "networks", "volumes")}
    used: dict[str, set[str]] = {kind: set() for kind in declared}
    for service in compose["services"].values():
        used["services"] |= set(service.get("depends_on", ()))
        used["secrets"] |= set(service.get("secrets", ()))
        used["networks"] |= set(service["networks"])
        sources = {v.partition(":")[0] for v in service.get("volumes", ())}
        used["volumes"] |= {s for s in sources if not s.startswith(".")}
    assert used["services"] == {"db", "migrate", "api"}
    for kind in ("secrets", "networks", "volumes"):
        assert used[kind] == declared[kind], kind
    for service in compose["services"].values():
        depends = service.get("depends_on", ())
        for name, how in depends.items() if isinstance(depends, dict) else ():
            wanted = "service_completed_successfully" if name in ONCE else "service_healthy"
            assert how == {"condition": wanted}


def test_the_database_comes_first_then_the_migrations(bundle):
    services = bundle.compose["services"]
    assert set(services["migrate"]["depends_on"]) == {"db"}
    assert services["migrate"]["command"] == ["db", "upgrade", "/opt/civicapp/bundle"]
    for name in set(services) - {"migrate", "db", "proxy"}:
        assert set(services[name]["depends_on"]) == {"db", "migrate"}


def test_each_service_is_confined(bundle):
    for name, service in bundle.compose["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}
        assert float(limits["cpus"]) <= 2  # Docker refuses more than the host has
        assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
        assert service["cap_drop"] == ["ALL"]
        assert set(service.get("cap_add", ())) == CAPABILITIES.get(name, set())
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service.get("read_only", False) is (name not in WRITES)
        assert bool(service.get("tmpfs")) is (name not in WRITES)
        assert not {"privileged", "pid", "network_mode", "devices", "ipc"} & set(service)
        assert service["logging"]["options"]["max-size"]
    assert "docker.sock" not in bundle.text("compose.yaml")


def test_each_service_says_whether_it_is_healthy(bundle):
    for name, service in bundle.compose["services"].items():
        check = service.get("healthcheck")
        if name in ONCE | SILENT:
            assert check == {"disable": True}
        elif name == "api":
            assert check is None  # the image's own
        else:
            assert check["test"][0] == "CMD"  # no shell
            assert {"interval", "timeout", "start_period", "retries"} < set(check)


def test_only_the_proxy_is_reached_from_outside(bundle):
    services = bundle.compose["services"]
    assert [name for name in services if "ports" in services[name]] == ["proxy"]
    assert services["proxy"]["ports"] == ["80:80", "443:443", "443:443/udp"]
    assert services["db"]["networks"] == ["back"]
    assert bundle.compose["networks"]["back"] == {"internal": True}
    assert "db" not in [n for n in services if "front" in services[n]["networks"]]


def test_what_must_be_set_is_said(bundle, reading):
    compose = bundle.compose
    for missing in ("CIVICAPP_BASE_URL", "SECRETS_DIR"):
        some = {name: value for name, value in ENV.items() if name != missing}
        with pytest.raises(KeyError, match=rf"{missing}: set it in \.env to "):
            reading.interpolate(compose, some)
    assert reading.interpolate(compose, ENV)


def test_every_optional_variable_has_a_default(bundle, reading):
    filled = reading.interpolate(bundle.compose, ENV)
    api, db, proxy = (filled["services"][name] for name in ("api", "db", "proxy"))
    assert api["build"]["args"] == {"PYTHON_IMAGE": "python:3.11-slim-bookworm"}
    assert (db["image"], proxy["image"]) == ("postgres:18-bookworm", "caddy:2-alpine")
    subnet = filled["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert api["environment"]["CIVICAPP_TRUSTED_PROXIES"] == subnet
    assert api["command"][-2:] == ["--workers", "2"]


def test_secrets_are_files_and_nothing_else(rich, reading):
    filled = reading.interpolate(rich.compose, ENV)
    names = [secret.name for secret in KERNEL_SECRETS] + ["tax_signing_key", "tax_partner"]
    assert filled["secrets"] == {name: {"file": f"/srv/secrets/{name}"} for name in names}
    for name in ("migrate", "api", "worker", "tax_sandbox"):
        service = filled["services"][name]
        assert service["secrets"] == names
        paths = {v for k, v in service["environment"].items() if k.endswith("_FILE")}
        assert paths == {f"/run/secrets/{name}" for name in names}
    assert filled["services"]["db"]["secrets"] == ["database_password"]
    assert "secrets" not in filled["services"]["proxy"]
    for service in filled["services"].values():
        for name in service["environment"]:
            assert not re.search("PASSWORD$|SECRET_KEY$", name), name


def test_without_a_password_of_the_mail_server_none_is_named(bundle, reading):
    some = {name: value for name, value in ENV.items() if name != "SMTP_PASSWORD_FILE"}
    filled = reading.interpolate(bundle.compose, some)
    assert filled["secrets"]["smtp_password"] == {"file": "./.dockerignore"}  # it must be a file
    assert ".dockerignore" in bundle.files
    assert filled["services"]["api"]["environment"]["CIVICAPP_SMTP_PASSWORD_FILE"] == ""


def test_processes_of_plugins_get_their_words_unchanged(rich, reading):
    filled = reading.interpolate(rich.compose, ENV)
    sandbox = filled["services"]["tax_sandbox"]
    assert sandbox["command"] == [
        *("tax", "sandbox", "/opt/civicapp/bundle", "--host", "0.0.0.0", "--note"),
        'say "it" \\ for $5 & 7%d',
    ]
    assert "9100" in sandbox["healthcheck"]["test"][-1]
    assert sandbox["environment"]["CIVICAPP_TAX_RECEIPTS"] == "/var/lib/civicapp/tax_receipts"
    proxy = filled["services"]["proxy"]["environment"]
    assert proxy["PROCESS_9100_HOST"] == "tax_sandbox"


def test_healthchecks_are_sound_programs(rich):
    for service in rich.compose["services"].values():
        test = service.get("healthcheck", {}).get("test", [])
        if "-c" in test:
            compile(test[-1], "healthcheck", "exec")
