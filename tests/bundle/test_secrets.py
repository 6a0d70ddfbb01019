"""Secrets are made once, lie outside of the bundle, and are their owner's alone."""

import os
import re
import shutil
import subprocess

import pytest

from civicapp.bundle.facts import KERNEL_SECRETS, SecretFacts
from civicapp.bundle.secrets import absent, check_secrets, default_folder, make_secrets

OURS = (
    *KERNEL_SECRETS,
    SecretFacts("tax_key", "CIVICAPP_TAX_KEY_FILE", "signs receipts", "tax", generate=True),
    SecretFacts("tax_bank", "CIVICAPP_TAX_BANK_FILE", "what the bank gave out", "tax"),
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "isle-secrets"


def found(folder, bundle):
    return [
        (p.code, p.message.removeprefix(f"{folder.parent}/"), p.hint)
        for p in check_secrets(folder, bundle, OURS)
    ]


def test_secrets_lie_beside_the_bundle(tmp_path, folder):
    assert default_folder(tmp_path / "isle") == folder


def test_secrets_are_made_once_and_never_touched_again(folder):
    before = os.umask(0)
    try:
        make_secrets(folder, OURS)
    finally:
        os.umask(before)
    made = {p.name: (p.read_text(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    assert sorted(made) == ["database_password", "secret_key", "tax_key"]
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text, _ in made.values())
    assert len({text for text, _ in made.values()}) == 3
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    make_secrets(folder, OURS)
    assert made == {p.name: (p.read_text(), p.stat().st_mtime_ns) for p in folder.iterdir()}


def test_secret_that_was_written_by_hand_stays(folder):
    folder.mkdir(mode=0o700)
    (folder / "secret_key").write_text("mine")
    (folder / "secret_key").chmod(0o600)
    make_secrets(folder, OURS)
    assert (folder / "secret_key").read_text() == "mine"
    assert (folder / "tax_key").exists()


def test_what_is_made_and_what_is_owed_is_told(folder):
    made, owed = absent(folder, OURS)
    assert [s.name for s in made] == ["secret_key", "database_password", "tax_key"]
    assert [s.name for s in owed] == ["tax_bank"]  # the mail server's is optional
    make_secrets(folder, OURS)
    assert [s.name for s in absent(folder, OURS)[0]] == []


def test_sound_secrets_have_no_fault(folder, tmp_path):
    assert found(folder, tmp_path / "isle") == []
    make_secrets(folder, OURS)
    assert found(folder, tmp_path / "isle") == []


def test_modes_are_reported_with_the_command_to_type(folder, tmp_path):
    make_secrets(folder, OURS)
    folder.chmod(0o755)
    (folder / "secret_key").chmod(0o644)
    assert found(folder, tmp_path / "isle") == [
        (
            "secret-mode",
            "isle-secrets can be used by others (mode 0755)",
            f"chmod 700 {folder}",
        ),
        (
            "secret-mode",
            "isle-secrets/secret_key can be used by others (mode 0644)",
            f"chmod 600 {folder}/secret_key",
        ),
    ]


def test_empty_secret_is_a_fault_unless_it_is_optional(folder, tmp_path):
    folder.mkdir(mode=0o700)
    for name in ("secret_key", "smtp_password"):
        (folder / name).touch(mode=0o600)
    assert [m for _, m, _ in found(folder, tmp_path / "isle")] == [
        "isle-secrets/secret_key is empty"
    ]


def test_something_else_in_their_place_is_a_fault(folder, tmp_path):
    folder.mkdir(mode=0o700)
    (folder / "secret_key").mkdir(mode=0o700)
    assert [m for _, m, _ in found(folder, tmp_path / "isle")] == [
        "isle-secrets/secret_key is no ordinary file"
    ]
    shutil.rmtree(folder)
    folder.touch()
    assert found(folder, tmp_path / "isle")[0][1] == "isle-secrets is no folder"


@pytest.mark.parametrize("inside", ["", "secrets", "overrides/secrets"])
def test_secrets_inside_the_bundle_are_refused(tmp_path, inside):
    bundle = tmp_path / "isle"
    [problem] = check_secrets(bundle / inside, bundle, OURS)
    assert problem.is_error
    assert "lies in the bundle" in problem.message


def test_secrets_that_git_would_take_are_warned_of(tmp_path, folder):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    [problem] = check_secrets(folder, tmp_path / "isle", OURS)
    assert not problem.is_error
    assert "lies in a git work tree that does not ignore it" in problem.message
    (tmp_path / ".gitignore").write_text("/isle-secrets/\n")
    assert check_secrets(folder, tmp_path / "isle", OURS) == []
    make_secrets(folder, OURS)
    assert check_secrets(folder, tmp_path / "isle", OURS) == []


def test_disk_that_is_full_leaves_no_half_secret(folder, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            make_secrets(folder, OURS)
    assert os.listdir(folder) == []
    make_secrets(folder, OURS)
    assert len(os.listdir(folder)) == 3
