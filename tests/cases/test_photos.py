"""A photo shows what it shows and nothing else."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from kastor.cases import casework
from kastor.cases.message import Attachment
from kastor.cases.photos import NoPhoto, without_metadata
from kastor.store import Tenant
from tests.cases.sample import NOW, find, message

SECRET = b"Konstanz, Kalkhofstrasse"


def photo(orientation: int = 6, name: str = "JPEG") -> bytes:
    """Four pixels high, eight wide, with a place, a device and a comment in it."""
    picture = Image.new("RGB", (8, 4), (200, 10, 10))
    picture.putpixel((0, 0), (0, 0, 255))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (47.0, 39.0, 48.0)
    out = io.BytesIO()
    more = {"comment": SECRET} if name == "JPEG" else {}
    picture.resize((80, 40), Image.Resampling.NEAREST).save(out, name, exif=exif, quality=95, **more)
    return out.getvalue()


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_place_time_and_device_are_gone_and_the_picture_stands_upright(name: str) -> None:
    content = photo(name=name)
    assert SECRET in content
    bare, media_type = without_metadata(content)
    assert SECRET not in bare
    picture = Image.open(io.BytesIO(bare))
    assert not picture.getexif()
    assert "comment" not in picture.info
    assert picture.size == (40, 80), "turned as the camera was"
    assert media_type == f"image/{(picture.format or '').lower()}"
    red, _, blue = picture.convert("RGB").getpixel((35, 5))
    assert blue > 200 > red


def test_texts_in_a_png_are_gone_and_transparency_stays() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    out = io.BytesIO()
    Image.new("RGBA", (3, 3), (1, 2, 3, 0)).save(out, "PNG", pnginfo=info)
    bare, _ = without_metadata(out.getvalue())
    assert SECRET not in bare
    assert Image.open(io.BytesIO(bare)).getpixel((1, 1)) == (1, 2, 3, 0)


def bomb() -> bytes:
    """A picture of a few bytes that would be gigabytes."""
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"<svg/>", photo()[:60], b"\xff\xd8\xff" + b"x" * 50, bomb()])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NoPhoto):
        without_metadata(content)


def test_a_case_keeps_the_bare_picture_and_takes_nothing_else_for_one(twin: Tenant) -> None:
    files = (Attachment("a.jpg", "image/jpeg", photo()), Attachment("b.jpg", "image/jpeg", b"<script>"))
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message())
        work.receive(case_id, message(attachments=files))
        kept = [work.file(case_id, file["hash"]) for file in work.state(case_id)["files"]]
    assert [(name, media_type) for name, media_type, _ in kept] == [
        ("a.jpg", "image/jpeg"), ("b.jpg", "application/octet-stream"),
    ]  # fmt: skip
    assert SECRET not in kept[0][2]
