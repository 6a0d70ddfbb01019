"""The hotlines pages and blocks."""

from civicapp.testing import Client


def test_the_page_links_each_confirmed_number(client: Client) -> None:
    html = client.get("/hotlines").text
    assert 'href="tel:110"' in html
    assert 'href="tel:123"' in html
    assert "tel:112" not in html  # answers in the north only
    assert "tel:117" not in html  # unconfirmed
    assert "Choose your area" in html


def test_with_an_area_the_page_says_what_to_tell_the_operator(client: Client) -> None:
    client.cookies.set("area", "1.1")
    html = client.get("/hotlines").text
    assert 'href="tel:112"' in html
    assert "0811-729-444" in html
    assert "North District" in html
    assert "10.5" in html
    assert "Choose your area" not in html


def test_home_area_and_footer_show_the_urgent_numbers(client: Client) -> None:
    home = client.get("/").text
    assert "tel:119" in home
    assert "tel:123" not in home  # no emergency
    assert "tel:112" in client.get("/area/1.1").text
    client.cookies.set("area", "1.1")
    assert "tel:112" in client.get("/pages/nowhere", headers={"accept": "text/html"}).text


def test_pages_speak_the_visitors_language(client: Client) -> None:
    client.cookies.set("language", "id")
    html = client.get("/hotlines").text
    assert "Nomor penting" in html
    assert "Ambulans" in html
