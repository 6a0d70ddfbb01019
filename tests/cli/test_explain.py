"""`civicapp explain`: values, where they stand, what they hide, defaults, secrets."""

import json

import pytest

PLUGIN = """\
from typing import ClassVar
from civicapp import (
    Flag, Int, Localized, Row, SecretRef, Service, ServiceConfig, Table, Text, hookimpl
)
from civicapp.config import ConfigModel

class Gateway(ConfigModel):
    url: Text = "https://gateway.example"
    key: SecretRef | None = None

class Door(Row):
    code: Text
    name: Localized | None = None
    pin: SecretRef | None = None

class Config(ServiceConfig):
    days: Int = 7
    open: Flag = True
    gateway: Gateway = Gateway()
    others: tuple[Gateway, ...] = ()
    named: dict[Text, Gateway] = {}
    doors: Table[Door] = ()

@hookimpl
def service():
    return Service(id="vault", config=Config)
"""
LITERAL = "hunter2"


@pytest.fixture
def shore(world):
    """A pack that extends another, and changes some of it."""
    world.pack(
        """\
        contacts: {phone: "0721 1234", email: a@isle.example}
        weekend: [friday]
        levels:
          province: {name: {en: Province}}
          district: {name: {en: District}}
        """
    )
    world.pack(
        id="shore",
        region="format: 1\nid: shore\nextends: isle\nname: {en: Shore}\ntimezone: Asia/Jayapura\n"
        "contacts: {phone: '0721 9'}\nweekend: [saturday, sunday]\n",
    )
    world.write(
        "regions/isle/areas/areas.csv", "code,name,level\n1,One,province\n1.2,Two,district\n"
    )
    world.write("regions/shore/areas/areas.csv", "code,name,level\n1,First,\n1.3,Three,district\n")
    return world


@pytest.fixture
def vault(world):
    """A pack with a service whose config has secrets."""
    world.install("vault", {"vault.py": PLUGIN}, plugins="vault")
    world.pack("plugins: [vault]\n")

    def write(config: str, doors: str = "") -> None:
        world.write("regions/isle/services/vault/config.yaml", config)
        if doors:
            world.write("regions/isle/services/vault/doors.csv", doors)

    return write


def test_scalar_names_its_place_and_what_it_hides(shore, run):
    done = run("explain", "shore", "timezone")
    assert (done.code, done.out) == (
        0,
        "Asia/Jayapura\n"
        "from regions/shore/region.yaml:5:11\n"
        "hides Asia/Jakarta from regions/isle/region.yaml:4:11\n",
    )


def test_list_hides_a_list(shore, run):
    assert run("explain", "shore", "/weekend/").out == (
        "- saturday\n- sunday\n"
        "from regions/shore/region.yaml:7:10\n"
        "hides [friday] from regions/isle/region.yaml:8:10\n"
    )
    assert run("explain", "shore", "weekend/1").out.startswith("sunday\nfrom regions/shore")


def test_merged_mapping_says_what_comes_from_elsewhere(shore, run):
    assert run("explain", "shore", "contacts").out == (
        "phone: 0721 9\n"
        "email: a@isle.example  # regions/isle/region.yaml:7:39\n"
        "from regions/shore/region.yaml:6:11\n"
    )


def test_mapping_is_written_like_yaml(shore, run):
    assert run("explain", "shore", "levels").out == (
        "province:\n  name:\n    en: Province\ndistrict:\n  name:\n    en: District\n"
        "from regions/isle/region.yaml:10:3\n"
    )


def test_cell_hides_a_cell(shore, run):
    assert run("explain", "shore", "areas/1/name").out == (
        "First\nfrom regions/shore/areas/areas.csv:2:3\n"
        "hides One from regions/isle/areas/areas.csv:2:3\n"
    )


def test_row_says_what_it_inherits(shore, run):
    assert run("explain", "shore", "areas/1").out == (
        "code: 1\nname: First\nlevel: province  # regions/isle/areas/areas.csv:2\n"
        "from regions/shore/areas/areas.csv:2:1\n"
    )


def test_table_is_written_in_columns(shore, run):
    assert run("explain", "shore", "areas").out == (
        "code  name   level     from\n"
        "1     First  province  regions/shore/areas/areas.csv:2\n"
        "1.2   Two    district  regions/isle/areas/areas.csv:3\n"
        "1.3   Three  district  regions/shore/areas/areas.csv:3\n"
        "from regions/shore/areas/areas.csv:1:1\n"
    )


def test_long_table_is_cut_and_counted(run):
    lines = run("explain", "lampung", "areas").out.splitlines()
    assert len(lines) == 23
    assert lines[-2].startswith("… and 2,")
    assert lines[-2].endswith(" more rows")


def test_table_without_a_file_says_so(world, run):
    world.pack()
    assert run("explain", "isle", "agencies").out == (
        "no rows\nthere is no file regions/isle/organisation/agencies.csv\n"
    )


@pytest.mark.parametrize(
    ("key", "value", "owner"),
    [
        ("weekend", "[saturday, sunday]", "weekend (civicapp.region.models.RegionConfig)"),
        ("weekend/1", "sunday", "weekend (civicapp.region.models.RegionConfig)"),
        ("contacts/phone", "null", "contacts (civicapp.region.models.RegionConfig)"),
        ("branding/radius", "8", "the neutral theme"),
        ("branding/light/page", "#FFFFFF", "the neutral theme"),
    ],
)
def test_default_of_region_yaml_is_named(world, run, key, value, owner):
    world.pack()
    done = run("explain", "isle", key)
    assert done.code == 0
    if key != "branding/light/page":
        assert done.out == f"{value}\ndefault of {owner}\n"
    assert done.out.endswith(f"default of {owner}\n")


def test_default_inside_a_mapping_that_the_pack_gives_is_named(shore, run):
    assert run("explain", "shore", "contacts/website").out == (
        "null\ndefault of website (civicapp.region.models.Contacts)\n"
    )


def test_default_of_an_empty_cell_is_named(shore, run):
    assert run("explain", "shore", "areas/1/postal_code").out == (
        "null\ndefault of postal_code (civicapp.region.models.AreaRow)\n"
    )


def test_defaults_of_a_service_are_named(vault, run):
    vault("gateway: {key: '${env:GATEWAY_KEY}'}\n", "code,name_en\nfront,Front\n")
    answers = {
        "days": "7\ndefault of days (vault.Config)\n",
        "open": "true\ndefault of open (vault.Config)\n",
        "others": "[]\ndefault of others (vault.Config)\n",
        "gateway/url": "https://gateway.example\ndefault of url (vault.Gateway)\n",
        "gateway/key": "${env:GATEWAY_KEY}\nfrom regions/isle/services/vault/config.yaml:1:16\n",
        "doors/front/name_en": "Front\nfrom regions/isle/services/vault/doors.csv:2:7\n",
        "doors/front/pin": "null\ndefault of pin (vault.Door)\n",
    }
    for key, answer in answers.items():
        assert run("explain", "isle", f"services/vault/{key}").out == answer
    whole = run("explain", "isle", "services/vault").out
    assert "doors: 1 row" in whole


def test_unknown_key_is_answered_with_the_nearest(shore, run):
    done = run("explain", "shore", "timezon")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("there is no key `timezon`: did you mean `timezone`?\nkeys there: ")
    done = run("explain", "shore", "contacts/web")
    assert done.err == (
        "there is no key `web` in `contacts`: did you mean `website`?\n"
        "keys there: phone, email, website, address, hours\n"
    )
    assert run("explain", "shore", "areas/1.4").err.startswith("there is no key `1.4` in `areas`")
    assert run("explain", "shore", "timezone/x").code == 2
    assert run("explain", "shore", "holidays/country").code == 2
    assert run("explain", "shore", "areas/1/name/x").code == 2


def test_required_key_that_is_missing_has_no_default(world, run):
    world.pack(region="format: 1\nid: isle\n")
    done = run("explain", "isle", "currency")
    assert done.code == 2
    assert "`currency` stands in no file, and has no default\n" in done.err


def test_keys_at_the_top_are_listed(shore, run):
    done = run("explain", "shore")
    assert done.code == 0
    rows = dict(line.split(maxsplit=1) for line in done.out.splitlines() if " " in line)
    assert rows["timezone"] == "Asia/Jayapura"
    assert rows["areas"] == "3 rows"
    assert rows["contacts"].startswith("{phone: 0721 9")
    assert "weekend" in json.loads(run("explain", "shore", "--format", "json").out)["keys"]


def test_json_holds_value_origin_and_what_is_hidden(shore, run):
    assert json.loads(run("explain", "shore", "timezone", "--format", "json").out) == {
        "key": "timezone",
        "value": "Asia/Jayapura",
        "origin": {"file": "regions/shore/region.yaml", "line": 5, "column": 11, "pointer": None},
        "default_of": None,
        "hides": [
            {
                "value": "Asia/Jakarta",
                "origin": {
                    "file": "regions/isle/region.yaml",
                    "line": 4,
                    "column": 11,
                    "pointer": None,
                },
            }
        ],
    }
    default = json.loads(run("explain", "shore", "operator", "--format", "json").out)
    assert default["value"] is None
    assert default["default_of"] == "operator (civicapp.region.models.RegionConfig)"


def test_pack_with_errors_is_explained_as_far_as_it_can_be_read(shore, run):
    shore.write("regions/shore/calendar/2026.csv", "date\nnever\n")
    done = run("explain", "shore", "areas/1/name")
    assert done.code == 0
    assert done.out.startswith("First\n")
    assert done.err == "note: the pack has errors: `civicapp check shore` shows them\n"


def test_unsound_region_yaml_is_explained_all_the_same(world, run):
    world.pack("weekend: [sonday]\n")
    done = run("explain", "isle", "weekend")
    assert done.code == 0
    assert done.out == "- sonday\nfrom regions/isle/region.yaml:7:10\n"
    assert "`civicapp check isle` shows them" in done.err
    done = run("explain", "isle", "areas")
    assert done.code == 2
    assert "`areas` cannot be read while region.yaml has errors" in done.err
    assert run("explain", "isle").code == 0


def test_pack_that_cannot_be_read_refers_to_check(world, run):
    world.pack()
    world.write("regions/isle/region.yaml", "a: [")
    done = run("explain", "isle", "name")
    assert (done.code, done.out) == (2, "")
    assert done.err == "the pack cannot be read: `civicapp check isle` shows why\n"


@pytest.mark.parametrize(
    "config",
    [
        f"gateway: {{key: {LITERAL}}}\n",
        f"gateway: {{key: [{LITERAL}]}}\n",
        f"gateway: {{key: {{a: {LITERAL}}}}}\n",
        f"others: [{{key: {LITERAL}}}]\n",
        f"named: {{x: {{key: {LITERAL}}}}}\n",
    ],
)
@pytest.mark.parametrize("format", ["text", "json"])
def test_literal_in_a_secret_field_is_never_shown(vault, run, config, format):
    vault(config)
    keys = ["", "services", "services/vault", f"services/vault/{config.partition(':')[0]}"]
    keys += [
        "services/vault/gateway/key",
        "services/vault/others/0/key",
        "services/vault/named/x/key",
    ]
    shown = [run("explain", "isle", *filter(None, [k]), "--format", format) for k in keys]
    assert not any(LITERAL in done.out + done.err for done in shown)
    assert any("(hidden: a secret does not belong in a pack)" in done.out for done in shown)


def test_literal_in_a_secret_column_is_never_shown(vault, run):
    vault("{}\n", f"code,pin\nfront,{LITERAL}\nback,${{file:/run/pin}}\n")
    for key in ("doors", "doors/front", "doors/front/pin"):
        done = run("explain", "isle", f"services/vault/{key}")
        assert LITERAL not in done.out + done.err
        assert "(hidden" in done.out
    assert run("explain", "isle", "services/vault/doors/back/pin").out.startswith(
        "${file:/run/pin}\n"
    )


def test_literal_that_a_child_replaces_is_never_shown(world, vault, run):
    vault(f"gateway: {{key: {LITERAL}}}\n")
    world.pack(id="shore", region="format: 1\nid: shore\nextends: isle\nname: {en: Shore}\n")
    world.write("regions/shore/services/vault/config.yaml", "gateway: {key: '${env:KEY}'}\n")
    done = run("explain", "shore", "services/vault/gateway/key")
    assert done.out == (
        "${env:KEY}\nfrom regions/shore/services/vault/config.yaml:1:16\n"
        "hides (hidden: a secret does not belong in a pack)"
        " from regions/isle/services/vault/config.yaml:1:16\n"
    )


def test_control_characters_are_written_out(world, run):
    world.pack('operator: {en: "a\\e[31mb\\nc"}\n')
    done = run("explain", "isle", "operator/en")
    assert done.out.startswith("a\\x1b[31mb\nc\nfrom ")
    assert "\x1b" not in run("explain", "isle").out + run("explain", "isle", "operator").out
