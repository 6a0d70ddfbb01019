"""Settings: variables, files that hold secrets, and names that nothing reads."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from civicapp.backing import database_url
from civicapp.identity.crypto import BadKey, open_cipher
from civicapp.kernel import boot
from civicapp.settings import Settings, read_settings
from civicapp.storage.database import BadUrl

KEY, OLD_KEY = "0123456789abcdef" * 4, "fedcba9876543210" * 4
PASSWORD = "p@ss:w/rd%41 +#?'ü"
Keep = Callable[..., Path]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    def keep(content: str | bytes, mode: int = 0o600, name: str = "secret") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return keep


def settings(**given: object) -> Settings:
    found = read_settings(**{"smtp_user": "isle", **given})
    assert isinstance(found, Settings), found
    return found


def refused(**given: object) -> str:
    """Return what is said of the one thing that is wrong."""
    found = read_settings(**{"smtp_user": "isle", **given})
    assert isinstance(found, list)
    (problem,) = found
    assert problem.hint
    return f"{problem.code} {problem.message} | {problem.hint}"


@pytest.mark.parametrize("text", [KEY, f"{KEY}\n", f"{KEY}\r\n", f"\ufeff{KEY}\n"])
def test_the_secret_key_stands_in_a_file(keep, text):
    found = settings(env="production", secret_key_file=str(keep(text)))
    assert found.secret_key is not None
    assert found.secret_key.get_secret_value() == KEY


@pytest.mark.parametrize("text", [f"{KEY},{OLD_KEY}", f"{KEY}\n{OLD_KEY}\n", f"{KEY}, {OLD_KEY}\n"])
def test_several_keys_in_a_file_are_in_use_together(keep, tmp_path, text):
    old = open_cipher(settings(secret_key=OLD_KEY), tmp_path)
    both = open_cipher(settings(secret_key_file=keep(text)), tmp_path)
    new = open_cipher(settings(secret_key=KEY), tmp_path)
    assert old is not None
    assert both is not None
    assert new is not None
    assert both.decrypt(old.encrypt("text", "x"), "x") == "text"
    assert new.decrypt(both.encrypt("text", "x"), "x") == "text"


def test_variable_and_file_together_are_refused(keep, monkeypatch):
    monkeypatch.setenv("CIVICAPP_SECRET_KEY_FILE", str(keep(KEY)))
    monkeypatch.setenv("CIVICAPP_SECRET_KEY", KEY)
    said = refused()
    assert "CIVICAPP_SECRET_KEY: is given beside CIVICAPP_SECRET_KEY_FILE (" in said
    assert str(keep(KEY)) in said
    assert KEY not in said
    monkeypatch.setenv("CIVICAPP_SECRET_KEY", "")  # as a line of .env that nobody filled in
    assert settings().secret_key is not None


FILES = ("secret_key_file", "database_password_file", "smtp_password_file")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        ("", "is empty"),
        (" \n", "is empty"),
        (b"\xff\xfe\x00", "is no text"),
        ("x" * 70_000, "too large"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_variable(keep, name, content, said):
    path = keep(content or "")
    if content is None:
        path.unlink()
    found = refused(**{name: path})
    assert found.startswith(f"secret-file CIVICAPP_{name.upper()}: ")
    assert said in found
    assert str(path) in found


@pytest.mark.parametrize("name", FILES)
def test_a_folder_and_a_pipe_are_no_files(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert "is no file" in refused(**{name: path})


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_user_is_told_from_one_that_is_gone(keep, monkeypatch, name):
    path = keep(KEY)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    said = refused(**{name: path})
    assert "cannot be read: Permission denied" in said
    assert "chown " in said


@pytest.mark.parametrize("text", ["hunter2", KEY[:-1], KEY + "0", f"{KEY},", f"{KEY}\n\n{KEY}"])
def test_a_key_of_another_form_is_refused_and_not_shown(keep, text):
    said = refused(secret_key_file=keep(text))
    assert "64 hex digits" in said
    assert "hunter2" not in said
    assert KEY[:-1] not in said


def test_a_key_that_is_not_random_is_named_by_its_file(keep, tmp_path):
    path = keep("00" * 32)
    with pytest.raises(BadKey, match=f"CIVICAPP_SECRET_KEY_FILE: {path} is no random key"):
        open_cipher(settings(secret_key_file=path), tmp_path)


def test_a_password_has_one_line(keep):
    said = refused(database_password_file=keep("one\ntwo\n"))
    assert "more than one line" in said
    assert "two" not in said


def test_the_password_of_the_mail_server_may_be_empty_while_nobody_signs_in_there(keep):
    path = keep("")
    assert settings(smtp_user=None, smtp_password_file=path).smtp_password_file is None
    assert "is empty" in refused(smtp_password_file=path)
    path.write_text("word\n")
    file = settings(smtp_password_file=path).smtp_password_file
    assert file is not None
    assert file.content.get_secret_value() == "word"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_production_refuses_a_file_that_others_can_read(keep, name, mode):
    path = keep(KEY, mode)
    said = refused(env="production", **{name: path})
    assert said.startswith("secret-file ")
    assert f"{path} can be read by others" in said
    assert said.endswith(f"chmod 600 {path}")
    assert KEY not in said
    assert str(getattr(settings(env="development", **{name: path}), name)) == str(path)
    path.chmod(0o400)
    assert str(getattr(settings(env="production", **{name: path}), name)) == str(path)


def test_credentials_of_systemd_may_show_the_mask_of_their_acl(keep, monkeypatch, tmp_path):
    path = keep(KEY, 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert settings(env="production", secret_key_file=path).secret_key is not None
    path.chmod(0o444)
    assert "can be read by others" in refused(env="production", secret_key_file=path)
    path.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "other"))
    assert "can be read by others" in refused(env="production", secret_key_file=path)


def test_every_wrong_setting_is_said_at_once(keep):
    found = read_settings(env="production", secret_key_file=keep("x"), smtp_port=0, base_url="x")
    assert isinstance(found, list)
    assert sorted(p.message.partition(":")[0] for p in found) == [
        "CIVICAPP_BASE_URL",
        "CIVICAPP_SECRET_KEY_FILE",
        "CIVICAPP_SMTP_PORT",
    ]


# The password of the database


@pytest.mark.parametrize(
    "address", ["postgresql://keeper@db/isle", "postgres://keeper@/isle?host=/run/x@y"]
)
def test_the_password_in_a_file_is_that_of_the_database(keep, kernel_with, address):
    given = settings(database=address, database_password_file=keep(PASSWORD + "\n"))
    url = database_url(kernel_with(given))
    assert (url.username, url.password, url.database) == ("keeper", PASSWORD, "isle")
    for text in (str(url), repr(url), str(given), repr(given)):
        assert PASSWORD not in text
        assert "p%40ss" not in text


def test_an_address_on_the_command_line_gets_the_password_unless_it_has_its_own(keep, kernel_with):
    kernel = kernel_with(settings(database_password_file=keep(PASSWORD)))
    assert database_url(kernel, database="postgresql://keeper@db/isle").password == PASSWORD
    assert database_url(kernel, database="postgresql://keeper:own@db/isle").password == "own"
    assert database_url(kernel, database="sqlite:///isle.sqlite3").password is None
    with pytest.raises(BadUrl, match="is of no database"):
        database_url(kernel)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://keeper:own@db/isle", "holds a password, beside"),
        ("postgresql://db/isle", "names no user"),
        ("postgresql:///isle?user=a@b", "names no user"),
        ("sqlite:///isle.sqlite3", "names no user of a PostgreSQL database"),
    ],
)
def test_an_address_that_takes_no_password_is_refused(keep, address, said):
    found = refused(database=address, database_password_file=keep(PASSWORD))
    assert said in found
    assert "CIVICAPP_DATABASE: " in found
    assert "CIVICAPP_DATABASE_PASSWORD_FILE" in found
    assert "own" not in found.replace("unknown", "")
    assert PASSWORD not in found


# Names


def test_an_unknown_setting_stops_the_start_with_the_nearest_name(island, monkeypatch):
    monkeypatch.setenv("CIVICAPP_DATABSE", "postgresql://db/isle")
    problem = island.only()
    assert problem.is_error
    assert problem.code == "unknown-setting"
    assert problem.message == "CIVICAPP_DATABSE: there is no such setting"
    assert problem.hint == "did you mean `CIVICAPP_DATABASE`?"
    monkeypatch.delenv("CIVICAPP_DATABSE")
    monkeypatch.setenv("CIVICAPP_XYZZY", "1")
    assert "unset it" in island.only().hint


@pytest.mark.parametrize(
    "name",
    [
        "CIVICAPP_MARKET_KEY_FILE",  # an installed plugin's own
        "CIVICAPP_REGION",
        "CIVICAPP_RUN_JOBS",
        "CIVICAPP_TRACEBACK",
        "CIVICAPP_TEST_ANYTHING",
        "civicapp_log_level",
        "OTHER_CIVICAPP_X",
    ],
)
def test_names_that_something_reads_are_no_fault(island, monkeypatch, name):
    monkeypatch.setenv(name, "info")
    assert island.problems() == []


def test_a_variable_that_the_pack_refers_to_is_no_fault(island, monkeypatch):
    monkeypatch.setenv("CIVICAPP_PIN", "1")
    monkeypatch.setenv("CIVICAPP_GATE", "1")
    assert [p.message.partition(":")[0] for p in island.problems()] == [
        "CIVICAPP_GATE",
        "CIVICAPP_PIN",
    ]
    island.append("services/market/config.yaml", "gates:\n  - key: ${env:CIVICAPP_GATE}\n")
    stalls = "code,name_en,name_fr,pin\nfish,Fish,Poisson,${env:CIVICAPP_PIN}\n"
    island.write("services/market/stalls.csv", stalls)
    assert island.problems() == []


def test_settings_that_are_given_are_not_searched_for_names(island, monkeypatch):
    monkeypatch.setenv("CIVICAPP_DATABSE", "x")
    assert island.problems(settings=Settings()) == []


@pytest.fixture
def kernel_with(island):
    def kernel_with(given: Settings):
        found = boot(island.folder, plugins=island.plugins, settings=given)
        assert found.kernel is not None, found.problems
        return found.kernel

    return kernel_with
