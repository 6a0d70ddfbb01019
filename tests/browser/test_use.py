"""Using the portal: without script, by keyboard, with the device's own place."""

import pytest

pytestmark = pytest.mark.browser

# What has the focus: its name, whether its ring is drawn, whether anything lies over it.
FOCUS = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect();
  const ring = [null, "::after"].some(part => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    name: element.innerText.trim() || element.name || element.tagName,
    tag: element.tagName,
    ring,
    seen: !!top && (element.contains(top) || top.contains(element)),
    inside: box.top >= 0 && box.bottom <= innerHeight + 1
      && box.left >= 0 && box.right <= innerWidth,
    order: [...document.querySelectorAll("*")].indexOf(element),
  };
}"""
WALKED = ("/", "/hotlines", "/menu", "/about", "/area", "/area?in=18.71", "/area/18.71", "/nowhere")


def cookies(visitor):
    return {c["name"]: c for c in visitor.context.cookies()}


def test_without_script_language_and_area_are_chosen_on_the_way(visit):
    visitor = visit(java_script_enabled=False)
    page = visitor.open("/hotlines?from=test")
    assert page.locator("h1").inner_text() == "Nomor penting"
    page.get_by_role("button", name="English").click()
    assert page.url == f"{visitor.site}/hotlines?from=test"
    assert page.locator("h1").inner_text() == "Useful numbers"
    page.get_by_role("link", name="Choose your area", exact=True).click()
    page.get_by_label("Search by place name or postal code").fill("kemiling bandar lampung")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Kemiling District").click()
    assert page.url == f"{visitor.site}/hotlines?from=test"
    assert page.locator(".bar strong").inner_text() == "Kemiling, Kota Bandar Lampung"
    assert page.locator("a[href='tel:0811729444']").count()

    found = cookies(visitor)
    assert set(found) == {"language", "area"}
    assert {c["value"] for c in found.values()} == {"en", "18.71.13"}
    assert all(c["httpOnly"] and c["sameSite"] == "Lax" for c in found.values())


def test_without_script_an_area_is_chosen_level_by_level_and_forgotten(visit):
    visitor = visit(java_script_enabled=False)
    page = visitor.open("/menu")
    page.locator(".bar").get_by_role("link").click()
    assert page.get_by_role("button", name="Pakai lokasi saya").count() == 0
    page.get_by_role("link", name="Kecamatan Kabupaten Lampung Barat").click()
    page.get_by_role("link", name="Desa/kelurahan Balik Bukit").click()
    page.get_by_role("button", name="Pilih seluruh Balik Bukit").click()
    assert page.url == f"{visitor.site}/menu"
    assert page.locator(".bar strong").inner_text() == "Balik Bukit, Kabupaten Lampung Barat"
    page.get_by_role("link", name="Ganti wilayah").click()
    page.get_by_role("button", name="Lupakan wilayah saya").click()
    assert page.url == f"{visitor.site}/menu"
    assert page.locator(".bar strong").count() == 0
    assert cookies(visitor) == {}


def test_without_script_the_location_button_is_not_shown(visit):
    page = visit(java_script_enabled=False).open("/area")
    assert not page.locator("#here").is_visible()


def test_a_guest_who_chooses_nothing_gets_no_cookie(visit, pages):
    visitor = visit()
    for path in pages:
        visitor.open(path)
    assert cookies(visitor) == {}
    assert visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize(
    ("lat", "lon", "place"),
    [(-5.3981, 105.2166, "Kemiling"), (-5.43, 105.26, "Telukbetung Utara")],
)
def test_my_location_chooses_the_area(visit, lat, lon, place):
    here = {"latitude": lat, "longitude": lon}
    visitor = visit(geolocation=here, permissions=["geolocation"])
    page = visitor.open("/area?next=/menu")
    page.get_by_role("button", name="Pakai lokasi saya").click()
    page.wait_for_url("**/menu")
    assert place in page.locator(".bar strong").inner_text()


def test_a_location_elsewhere_and_one_that_is_refused_say_what_to_do(visit):
    far = {"latitude": 52.5, "longitude": 13.4}
    page = visit(geolocation=far, permissions=["geolocation"]).open("/area?next=/menu")
    page.get_by_role("button", name="Pakai lokasi saya").click()
    page.get_by_role("alert").get_by_role("link").click()
    assert page.title().startswith("Salah: ")
    assert page.url.endswith("#areas")
    page.get_by_role("button", name="Kota Metro").click()
    assert page.url.endswith("/menu")

    page = visit().open("/area")
    page.get_by_role("button", name="Pakai lokasi saya").click()
    page.get_by_text("Lokasi perangkat Anda tidak dibagikan. Pilih dari daftar.").wait_for()


def test_the_skip_link_comes_first_and_leads_to_the_content(visit):
    page = visit(language="id").open("/menu")
    page.keyboard.press("Tab")
    found = page.evaluate(FOCUS)
    assert found["name"] == "Langsung ke isi"
    assert found["inside"]
    assert found["ring"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(visit, scheme, width):
    visitor = visit(language="id", area="18.71.13", color_scheme=scheme, width=width)
    for path in WALKED:
        page = visitor.open(path)
        wanted = page.evaluate(
            "[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]"
            ".filter(e => e.checkVisibility() && !e.closest('details:not([open]) > ul')).length"
        )
        last, walked = -1, 0
        while True:
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUS)
            if found["tag"] in ("BODY", "HTML") or found["order"] < last:
                break
            where = f"{path}: {found}"
            assert found["order"] > last, where
            assert found["ring"], where
            assert found["inside"], where
            assert found["seen"], where
            last, walked = found["order"], walked + 1
        assert walked == wanted, path


def test_every_target_is_large_enough(visit, pages):
    small = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
      .filter(e => e.checkVisibility() && !e.closest(".prose, .skip"))
      .map(e => [e.textContent.trim().slice(0, 30), e.getBoundingClientRect(),
                 getComputedStyle(e, "::after").position === "absolute"])
      .filter(([, box, whole]) => !whole && (box.height < 43.5 || box.width < 24))
      .map(([text, box]) => text + " " + box.width + "x" + box.height)"""
    visitor = visit(language="id", area="18.71.13")
    found = {path: visitor.open(path).evaluate(small) for path in pages}
    assert {path: texts for path, texts in found.items() if texts} == {}
