"""A tenant in one zip: another Kastor takes it in whole, other programs read its open formats."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pyogrio
import pytest

from kastor.city.model import differences
from kastor.formats.errors import FormatError
from kastor.loading.packages import LIST, pack, take_in
from kastor.store import Tenant, open_tenant, tenants
from kastor.store.errors import DamagedFile, StoreError, TenantExists


@pytest.fixture
def packed(small_twin: Tenant, tmp_path: Path) -> Path:
    pack(small_twin, tmp_path / "twin.zip")
    return tmp_path / "twin.zip"


def rewritten(file: Path, **members: bytes) -> Path:
    """The archive with some members' contents replaced."""
    changed = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            target.writestr(name, members.get(name, source.read(name)))
    return changed


def test_another_instance_takes_the_tenant_in_whole(small_twin: Tenant, packed: Path, tmp_path: Path) -> None:
    take_in(tmp_path / "other", packed)
    with open_tenant(tmp_path / "other", small_twin.id) as there:
        assert differences(there.city(), small_twin.city()) == []
        assert there.datasets() == small_twin.datasets()
        ground, original = there.terrain(), small_twin.terrain()
        assert ground is not None
        assert original is not None
        assert (ground.heights == original.heights).all()


def test_other_programs_read_the_open_formats(small_twin: Tenant, packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "open")
        lines = archive.read("open/objekte.city.jsonl").decode().splitlines()
    assert json.loads(lines[0])["type"] == "CityJSON"
    assert all(json.loads(line)["type"] == "CityJSONFeature" for line in lines[1:])
    file = tmp_path / "open" / "open" / "objekte.gpkg"
    rows = sum(pyogrio.read_info(file, layer=name)["features"] for name, _ in pyogrio.list_layers(file))
    assert rows == len(small_twin.city())


def test_a_tenant_that_is_there_stays(small_twin: Tenant, packed: Path) -> None:
    with pytest.raises(TenantExists):
        take_in(small_twin.directory.parent.parent, packed)


def test_a_changed_member_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        block = next(name for name in archive.namelist() if name.startswith("blocks/"))
        content = archive.read(block)
    for other in (content[:-1], content + b"x", b"?" + content[1:]):
        with pytest.raises(DamagedFile, match="not what was stored"):
            take_in(tmp_path / "other", rewritten(packed, **{block: other}))
    assert tenants(tmp_path / "other") == []


@pytest.mark.parametrize("offset", [0.2, 0.5, 0.9])
def test_a_byte_turned_over_on_the_way_is_noticed(packed: Path, tmp_path: Path, offset: float) -> None:
    with zipfile.ZipFile(packed) as archive:
        member = next(entry for entry in archive.infolist() if entry.filename == "kastor.sqlite")
    content = bytearray(packed.read_bytes())
    content[member.header_offset + 60 + int(offset * (member.compress_size - 60))] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(content)
    with pytest.raises(DamagedFile):
        take_in(tmp_path / "other", tmp_path / "damaged.zip")
    assert tenants(tmp_path / "other") == []
    assert not list((tmp_path / "other").glob("tenants/.new-*"))


def test_a_member_that_leads_out_of_the_tenant_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        listed = json.loads(archive.read(LIST))
    listed["files"].append({**listed["files"][-1], "path": "../../evil"})
    with pytest.raises(StoreError, match="Do not use"):
        take_in(tmp_path / "other", rewritten(packed, **{LIST: json.dumps(listed).encode()}))


def test_what_is_no_such_archive_is_named(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("me.jpg", b"")
    truncated = tmp_path / "truncated.zip"
    truncated.write_bytes(packed.read_bytes()[:-200])
    for file in ("text.zip", "photos.zip", "truncated.zip"):
        with pytest.raises(FormatError, match=file):
            take_in(tmp_path / "other", tmp_path / file)
