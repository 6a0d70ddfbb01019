"""Settings, secrets, and what the pack refers to."""

import os
import stat

import pytest

from civicapp.doctor import host as host_module
from civicapp.doctor.secrets import _closed
from civicapp.identity.crypto import KEY_FILE

KEY = "0123456789abcdef" * 4


def test_sound_settings_and_secrets(world):
    assert world.found("settings", "secrets") == [
        "ok production",
        "ok 1 file with a secret, for its owner alone",
    ]


@pytest.mark.parametrize(
    ("variables", "said", "command"),
    [
        (
            {"CIVICAPP_SMTP_PORT": "many"},
            "error CIVICAPP_SMTP_PORT: ",
            "export CIVICAPP_SMTP_PORT=",
        ),
        ({"CIVICAPP_DATABSE": "x"}, "did you mean `CIVICAPP_DATABASE`?", "unset CIVICAPP_DATABSE"),
        ({"CIVICAPP_DEMO": "true"}, "error sample data, and", "unset CIVICAPP_DEMO"),
        ({"CIVICAPP_MAINTENANCE": "true"}, "warning every page", "unset CIVICAPP_MAINTENANCE"),
        (
            {"CIVICAPP_BASE_URL": ""},
            "error CIVICAPP_BASE_URL is not set",
            "export CIVICAPP_BASE_URL",
        ),
        (
            {"CIVICAPP_BASE_URL": "http://isle.example"},
            "warning http://isle.example: ",
            "export CIVICAPP_BASE_URL=https://isle.example",
        ),
        (
            {"CIVICAPP_TRUSTED_PROXIES": ""},
            "error https is ended by a web server in front",
            "export CIVICAPP_TRUSTED_PROXIES=127.0.0.1",
        ),
        ({"CIVICAPP_TRUSTED_PROXIES": "::/0"}, "warning everyone in ::/0", "export "),
        ({"CIVICAPP_ENV": "development"}, "warning a bundle that runs as", "unset CIVICAPP_ENV"),
    ],
)
def test_a_setting_that_is_not_sensible_is_found(world, variables, said, command):
    world.set(**variables)
    found = world.only("settings")
    assert said in found
    assert f" → {command}" in found


def test_wrong_settings_keep_no_check_from_the_rest(world):
    world.set(CIVICAPP_SMTP_PORT="x", CIVICAPP_DATABSE="x", CIVICAPP_ENV="prod")
    found = world.found()
    assert sum(line.startswith("error ") for line in found) == 3
    assert f"skipped the settings are not sound → civicapp doctor {world.folder}" in found
    assert any(line.startswith("ok SQLite, made at the first start") for line in found)
    world.set(CIVICAPP_DATABASE="mysql://x/y")
    assert world.only("database").startswith("skipped the settings are not sound")


def test_settings_that_were_left_in_a_file_are_found(world):
    file = world.write(".env", "# CIVICAPP_X=1\nCIVICAPP_FILES=uploads\nCIVICAPP_DATA=\nPORT=1\n")
    found = world.only("settings")
    assert "sets CIVICAPP_FILES, this process does not have it" in found
    assert found.endswith(f"set -a && . {file} && set +a")
    world.set(CIVICAPP_FILES="uploads")
    assert world.only("settings") == "ok production"


def test_a_file_of_settings_is_for_its_owner(world):
    file = world.write(".env", "", mode=0o644)
    assert world.only("secrets").endswith(f"chmod 600 {file}")
    file.chmod(0o600)
    assert world.only("secrets").startswith("ok ")


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_secret_that_others_can_read_is_found(world, mode):
    path = world.secret("CIVICAPP_SECRET_KEY_FILE", KEY, mode)
    found = world.only("secrets")
    assert found.startswith(f"error {path} can be read by others")
    assert found.endswith(f" → chmod 600 {path}")
    path.chmod(0o600)
    assert world.only("secrets").startswith("ok ")


def test_in_development_it_is_a_warning(world):
    world.set(CIVICAPP_ENV="development")
    world.secret("CIVICAPP_SECRET_KEY_FILE", KEY, 0o644)
    assert world.only("secrets").startswith("warning ")


def test_a_key_that_was_made_here_is_looked_at_too(world, tmp_path):
    world.secret("CIVICAPP_SECRET_KEY_FILE", KEY).unlink()
    world.unset("CIVICAPP_SECRET_KEY_FILE")
    world.set(CIVICAPP_ENV="development")
    made = tmp_path / "data" / KEY_FILE
    made.write_text(KEY)
    made.chmod(0o644)
    assert world.only("secrets").endswith(f"chmod 600 {made}")


def test_a_secret_in_the_bundles_folder_that_nobody_names_is_looked_at_too(world):
    path = world.secret("CIVICAPP_SMTP_PASSWORD_FILE", "word", 0o644)
    world.unset("CIVICAPP_SMTP_PASSWORD_FILE")
    assert world.only("secrets").endswith(f"chmod 600 {path}")


def test_a_folder_of_secrets_that_is_open_is_found(world):
    folder = world.secret("CIVICAPP_SECRET_KEY_FILE", KEY).parent
    folder.chmod(0o755)
    found = world.only("secrets")
    assert found.startswith(f"warning {folder} is open to others (mode 0755)")
    assert found.endswith(f"chmod 700 {folder}")


def test_a_key_that_is_not_there_is_told_with_what_makes_one(world):
    path = world.secret("CIVICAPP_SECRET_KEY_FILE", KEY)
    path.unlink()
    found = world.only("secrets")
    assert f"error CIVICAPP_SECRET_KEY_FILE: there is no file {path}" in found
    assert found.endswith(f"openssl rand -hex 32 | install -m 600 /dev/stdin {path}")
    world.unset("CIVICAPP_SECRET_KEY_FILE")
    assert "a production host needs a secret key → openssl rand" in world.only("secrets")
    path.write_text(KEY)
    path.chmod(0o600)
    found = world.only("secrets")
    assert f"{path} is not named → export CIVICAPP_SECRET_KEY_FILE={path}" in found


@pytest.mark.parametrize(
    ("variable", "content", "said"),
    [
        ("CIVICAPP_SECRET_KEY_FILE", "hunter2", "64 hex digits"),
        ("CIVICAPP_SECRET_KEY_FILE", "00" * 32, "is no random key"),
        ("CIVICAPP_SECRET_KEY_FILE", "", "is empty"),
        ("CIVICAPP_DATABASE_PASSWORD_FILE", "hunter2\nhunter3", "more than one line"),
    ],
)
def test_a_secret_of_another_form_is_found_and_not_shown(world, variable, content, said):
    path = world.secret(variable, content)
    found = world.only("secrets")
    assert found.startswith(f"error {variable}: {path} ")
    assert said in found
    assert found.endswith(f" → vi {path}")
    assert "hunter" not in found


def test_variable_and_file_together_are_found(world):
    world.set(CIVICAPP_SECRET_KEY=KEY)
    found = world.only("secrets")
    assert "CIVICAPP_SECRET_KEY: is given beside CIVICAPP_SECRET_KEY_FILE" in found
    assert found.endswith("unset CIVICAPP_SECRET_KEY")
    assert KEY not in found


def test_a_secret_of_another_user_is_found(world, monkeypatch):
    path = world.secret("CIVICAPP_SECRET_KEY_FILE", KEY)
    owner = path.stat().st_uid
    monkeypatch.setattr("civicapp.doctor.secrets.geteuid", lambda: owner + 1)
    (found,) = _closed(world.look(), path)
    assert found.message == f"{path} belongs to another user (number {owner})"
    assert found.command.endswith(f"chmod 600 {path}")
    monkeypatch.setattr("civicapp.doctor.secrets.geteuid", lambda: owner)
    assert list(_closed(world.look(), path)) == []


PLUGIN = """\
from civicapp import EnvVar, Secret, Service, ServiceConfig, SecretRef, Table, Row, Text, hookimpl

class Gate(Row):
    code: Text
    pin: SecretRef | None = None

class Config(ServiceConfig):
    key: SecretRef | None = None
    gates: Table[Gate] = ()

@hookimpl
def service():
    return Service(id="harbour", config=Config)

@hookimpl
def bundle_resources(context):
    yield Secret("harbour_key", "CIVICAPP_HARBOUR_KEY_FILE", "signs what leaves")
    yield EnvVar("CIVICAPP_HARBOUR_PIER", "where")
"""


@pytest.fixture
def harbour(world, tmp_path, monkeypatch):
    """Install a plugin, and freeze a pack that enables it."""
    from civicapp.region.frozen import freeze

    site = tmp_path / "site"
    (site / "harbour-1.0.dist-info").mkdir(parents=True)
    (site / "doctor_harbour.py").write_text(PLUGIN)
    info = site / "harbour-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: harbour\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[civicapp.plugins]\nharbour = doctor_harbour\n")
    monkeypatch.syspath_prepend(str(site))
    pack = tmp_path / "packs/isle"
    with (pack / "region.yaml").open("a") as file:
        file.write("plugins: [harbour]\n")

    def write(config: str, gates: str = "") -> None:
        folder = pack / "services/harbour"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(config)
        (folder / "gates.csv").write_text("code,pin\n" + gates)
        (pack / "sources.csv").write_text(
            "file,origin,licence\nservices/harbour/gates.csv,invented,CC0\n"
        )
        world.write("region.json", freeze(pack))
        world.seal()

    return write


def test_a_secret_of_a_plugin_is_looked_at(world, harbour):
    harbour("key: ${env:TIDE}\n")
    world.set(TIDE="x")
    found = world.only("secrets")
    assert "error plugin harbour wants CIVICAPP_HARBOUR_KEY_FILE: signs what leaves" in found
    assert found.endswith("export CIVICAPP_HARBOUR_KEY_FILE=…")
    path = world.secret("CIVICAPP_HARBOUR_KEY_FILE", "")
    assert f"CIVICAPP_HARBOUR_KEY_FILE: {path} is empty → vi {path}" in world.only("secrets")
    path.write_text("word")
    assert world.only("secrets") == "ok 2 files with a secret, for its owner alone"
    path.chmod(0o644)
    assert world.only("secrets").endswith(f"chmod 600 {path}")


def test_a_variable_that_its_plugin_does_not_read_is_found(world, harbour):
    harbour("{}\n")
    world.set(CIVICAPP_HARBOUR_PIER="east", CIVICAPP_HARBOUR_PEIR="west")
    assert world.only("settings") == (
        "warning CIVICAPP_HARBOUR_PEIR: plugin harbour reads CIVICAPP_HARBOUR_KEY_FILE,"
        " CIVICAPP_HARBOUR_PIER → unset CIVICAPP_HARBOUR_PEIR"
    )


def test_what_the_pack_refers_to_is_looked_for(world, harbour, tmp_path):
    file = tmp_path / "pin"
    harbour("key: ${env:TIDE_KEY}\n", f"north,${{file:{file}}}\n")
    key, pin = world.found("references")
    assert key == (
        "error services/harbour/key refers to TIDE_KEY, which is not set → export TIDE_KEY=…"
    )
    assert pin.startswith(f"error services/harbour/gates/0/pin: there is no file {file}")
    assert pin.endswith(f"install -m 600 /dev/stdin {file}")
    world.set(TIDE_KEY="secret")
    file.write_text("secret")
    file.chmod(0o644)
    assert world.only("references").endswith(f"chmod 600 {file}")
    file.chmod(0o600)
    assert world.only("references") == "ok the pack refers to 2 secrets, all there"


def test_commands_are_written_for_where_the_process_runs(world, monkeypatch):
    assert world.look().civicapp("check", "x") == "civicapp check x"
    assert world.look().set("CIVICAPP_FILES", "a b") == "export CIVICAPP_FILES='a b'"
    unit = {**os.environ, "CREDENTIALS_DIRECTORY": "/run/credentials/civicapp-isle-api.service"}
    inside = world.look(environ=unit)
    assert inside.civicapp("check", "x") == f"sh {world.folder}/systemd/command.sh check x"
    assert inside.set("CIVICAPP_FILES", "x") == ("echo CIVICAPP_FILES=x >> /etc/civicapp/isle/.env")
    monkeypatch.setattr(host_module, "CONTAINER", world.folder)
    assert world.look().civicapp("check", "x") == "docker compose run --rm api check x"
    assert world.look().set("CIVICAPP_FILES", "x") == "echo CIVICAPP_FILES=x >> .env"


def test_nothing_is_written(world, tmp_path):
    def everything():
        return {
            p: (p.read_bytes() if p.is_file() else b"", stat.S_IMODE(p.stat().st_mode))
            for p in sorted(tmp_path.rglob("*"))
        }

    before = everything()
    world.found()
    assert everything() == before
