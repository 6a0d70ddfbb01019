"""Photos: what is refused at once, what is kept, what is shown."""

import datetime
import io
import zlib

import pytest
from civicapp_complaints.models import Media
from civicapp_complaints.service import reporter
from civicapp_complaints.service.drafts import (
    drop_draft,
    expire_drafts,
    load_draft,
    save_draft,
    start_draft,
)
from civicapp_complaints.service.errors import Invalid, Unknown
from civicapp_complaints.service.links import opened
from civicapp_complaints.service.photos import (
    add_to_draft,
    add_to_report,
    inspect_photo,
    photos_of,
    remove_from_draft,
    room,
)
from civicapp_complaints.service.pictures import BrokenPhoto, encode
from civicapp_complaints.service.reporter import Wish
from PIL import Image

NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)


def picture(kind="JPEG", size=(640, 480), mode="RGB", **more):
    """Draw a picture and write it as a file."""
    image = Image.new(mode, size, "orange")
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def chunk(name, data):
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def bomb(width=12000, height=12000):
    """Make a PNG of some KB that unpacks to 144 megapixels."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x01\x00\x00\x00\x00"
    body = zlib.compress(bytes((width // 8 + 1) * height), 9)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def code_of(world, content):
    with pytest.raises(Invalid) as found:
        inspect_photo(content, world.site.config)
    return found.value.faults[0].code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_are_known_by_their_content(world, kind):
    found = inspect_photo(picture(kind), world.site.config)
    assert (found.width, found.height) == (640, 480)
    assert found.mime == f"image/{kind.lower()}"


def test_what_is_refused_at_once(world):
    assert len(bomb()) < 20_000
    assert code_of(world, bomb()) == "photo-pixels"
    assert code_of(world, bomb(20000, 20000)) == "photo-pixels"
    assert code_of(world, b"%PDF-1.7 photo.jpg") == "photo-kind"
    assert code_of(world, b"") == "photo-kind"
    assert code_of(world, picture("GIF")) == "photo-kind"
    assert code_of(world, b"\xff\xd8\xff\xe0 cut off") == "photo-kind"
    assert code_of(world, b"\x00\x00\x00\x18ftypheic" + bytes(100)) == "photo-heic"
    assert code_of(world, picture(size=(8, 8))) == "photo-small"
    assert code_of(world, picture() + bytes(20 * 1024 * 1024)) == "photo-size"


def test_only_the_pixels_remain():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Maker of the camera"
    exif.get_ifd(0x8825)[2] = (2.0, 30.0, 0.0)
    content = picture(size=(3000, 1000), exif=exif, comment=b"written by hand")
    found = encode(content, 64)
    assert (found.width, found.height) == (533, 1600)
    for file in (found.large, found.small):
        with Image.open(io.BytesIO(file)) as image:
            assert image.format == "WEBP"
            assert dict(image.getexif()) == {}
            assert not set(image.info) & {"exif", "xmp", "icc_profile", "comment"}
    with Image.open(io.BytesIO(found.small)) as image:
        assert max(image.size) == 480


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_is_encoded(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new("RGBA" if mode == "LA" else mode, (40, 30))
    out = io.BytesIO()
    (image.convert("LA") if mode == "LA" else image).save(out, kind)
    assert encode(out.getvalue(), 64).width == 40


@pytest.mark.parametrize("content", [b"", b"%PDF", picture()[:500], bomb()])
def test_what_cannot_be_unpacked(content):
    with pytest.raises(BrokenPhoto):
        encode(content, 64)


def upload(world, **more):
    return inspect_photo(picture(), world.site.config)


def add(world, receipt):
    def run(session, site):
        report = opened(session, site, receipt.number, receipt.secret)
        return add_to_report(session, site, report, upload(world), NOW)

    return world.write(run)


def test_five_photos_fit(world):
    receipt = world.submit()
    for _ in range(5):
        add(world, receipt)
    with pytest.raises(Invalid) as found:
        add(world, receipt)
    assert [f.code for f in found.value.faults] == ["too-many"]
    assert len(world.rows(Media)) == 5
    assert [job for job, *_ in world.jobs].count("complaints.photo") == 5


def test_a_draft_keeps_fields_and_photos_until_it_becomes_a_report(world):
    secret = world.write(start_draft, {"category": "road.light", "phone": "0812 3456"}, NOW)
    id, fields = world.read(load_draft, secret, NOW)
    assert fields["phone"] == "0812 3456"
    photos = [world.write(add_to_draft, id, upload(world), NOW) for _ in range(3)]
    assert world.db.write_now(remove_from_draft, id, photos[0].id) == photos[0].id
    assert world.db.write_now(remove_from_draft, "another", photos[1].id) is None
    assert world.db.read_now(lambda s: room(s, world.site, draft=id)) == 3
    world.write(save_draft, secret, {"category": "road.light"}, NOW)
    receipt = world.submit(description="", draft=id)
    assert world.db.write_now(drop_draft, secret, NOW) == []
    row = world.report(receipt.number)
    kept = world.db.read_now(lambda s: photos_of(s, report=row.id))
    assert [(p.id, p.seq, p.review) for p in kept] == [
        (photos[1].id, 1, "pending"),
        (photos[2].id, 1, "pending"),
    ]


def test_a_draft_is_forgotten_after_a_day(world):
    secret = world.write(start_draft, {"category": "road.light"}, NOW)
    id, _ = world.read(load_draft, secret, NOW)
    photo = world.write(add_to_draft, id, upload(world), NOW)
    for wrong in ("", "x" * 22, secret + "x"):
        with pytest.raises(Unknown):
            world.read(load_draft, wrong, NOW)
    later = NOW + datetime.timedelta(hours=24)
    with pytest.raises(Unknown):
        world.read(load_draft, secret, later)
    assert world.db.write_now(expire_drafts, NOW) == []
    assert world.db.write_now(expire_drafts, later + datetime.timedelta(1)) == [photo.id]
    assert world.rows(Media) == []


def test_a_photo_can_be_the_answer(world):
    from civicapp_complaints.service import officer
    from civicapp_complaints.service.officer import Order

    from civicapp import Act

    handler = world.officer("handler", "ROADS", "7.1")
    receipt = world.submit()
    order = Order(action="ask", carried={"question": "Show me the lamp."})
    world.write(officer.act, handler, receipt.number, order, Act(handler.id, "", NOW))

    def answer(session, site):
        report = opened(session, site, receipt.number, receipt.secret)
        return reporter.act(session, site, report, Wish(action="answer"), NOW)

    with pytest.raises(Invalid):
        world.write(answer)
    add(world, receipt)
    assert world.write(answer).state == "routed"
