"""The units of systemd keep to the rules that no validator checks."""

import shlex

KERNEL = {"migrate", "api", "worker"}
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
}
MIGRATE = "civicapp-isle-of-men-migrate.service"


def words(unit):
    (start,) = unit["Service"]["ExecStart"]
    return shlex.split(start)


def test_each_process_has_a_unit(bundle, rich):
    assert set(bundle.units) >= KERNEL
    assert set(rich.units) == KERNEL | {"tax_sandbox", "tax-poll"}


def test_each_unit_is_hardened(bundle):
    for unit in bundle.units.values():
        service = unit["Service"]
        for key, value in HARDENED.items():
            assert service[key] == [value], key
        assert service["User"] == ["civicapp"]
        assert service["MemoryMax"]
        assert service["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
        assert service["StateDirectory"][0].split()[0] == "civicapp/isle-of-men"


def test_secrets_come_as_credentials_and_never_as_values(rich):
    for unit in rich.units.values():
        service = unit["Service"]
        loaded = dict(word.split(":") for word in service["LoadCredential"])
        assert set(loaded) == {
            *("secret_key", "database_password", "smtp_password", "tax_signing_key", "tax_partner")
        }
        for name, path in loaded.items():
            assert path == f"/etc/civicapp/isle-of-men/secrets/{name}"
        environment = dict(line.split("=", 1) for line in service["Environment"])
        named = {v for k, v in environment.items() if k.endswith("_FILE")}
        assert named == {f"%d/{name}" for name in loaded}
        assert not any(k.endswith(("_KEY", "_PASSWORD")) for k in environment)
        assert ":" not in environment["CIVICAPP_DATABASE"].partition("://")[2]
        assert service["SetCredential"] == [r"smtp_password:\n"]  # it alone may be missing


def test_settings_come_from_one_file_and_win(bundle):
    for unit in bundle.units.values():
        assert unit["Service"]["EnvironmentFile"] == ["/etc/civicapp/isle-of-men/.env"]


def test_the_migrations_come_first_and_once(bundle):
    units = bundle.units
    migrate = units["migrate"]["Service"]
    assert migrate["Type"] == ["oneshot"]
    assert migrate["RemainAfterExit"] == ["yes"]
    assert "Restart" not in migrate
    for name, unit in units.items():
        if name != "migrate":
            assert unit["Unit"]["Requires"] == [MIGRATE]
            assert MIGRATE in unit["Unit"]["After"][0].split()
            assert unit["Service"]["Restart"] == ["always"]
            assert unit["Service"]["Type"] == ["exec"]


def test_commands_lead_into_the_places_of_the_region(rich):
    units = rich.units
    program = "/opt/civicapp/isle-of-men/venv/bin/civicapp"
    bundle = "/opt/civicapp/isle-of-men/bundle"
    assert words(units["migrate"]) == [program, "db", "upgrade", bundle]
    assert words(units["worker"]) == [program, "worker", bundle]
    assert words(units["api"]) == [
        *(program, "serve", bundle, "--host", "127.0.0.1", "--port", "${API_PORT}"),
        *("--no-worker", "--workers", "${API_WORKERS}"),
    ]
    assert words(units["tax-poll"]) == [program, "tax", "poll", bundle]


def test_texts_of_packs_and_plugins_stay_texts(rich):
    units = rich.units
    last = words(units["tax_sandbox"])[-1].replace("$$", "$").replace("%%", "%")
    assert last == 'say "it" \\ for $5 & 7%d'
    (description,) = units["api"]["Unit"]["Description"]
    assert description == 'Isle of "$5" 100%% `x` | <b>: answers requests'


def test_a_command_by_hand_runs_as_the_units_do(rich):
    script = rich.text("systemd/command.sh")
    service = rich.units["worker"]["Service"]
    for key in ("User", "Group", "UMask", "StateDirectoryMode", "EnvironmentFile"):
        assert f"--property={key}={service[key][0]}" in script.replace('"', "")
    for value in service["LoadCredential"] + [x for x in service["Environment"] if "%d" not in x]:
        assert value in script
    for value in service["Environment"]:
        if "%d" in value:
            assert f'--setenv="{value.replace("%d", "$credentials")}"' in script
    assert script.rstrip().endswith('-- /opt/civicapp/isle-of-men/venv/bin/civicapp "$@"')
