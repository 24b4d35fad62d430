"""A disk that fills up while loading: a clear message, and the twin as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from kastor.store import Dataset, Tenant, create_tenant, open_tenant
from kastor.store.errors import DiskFull, StoreError
from tests.store.forking import Helper
from tests.store.houses import CRS, house, many_houses
from tests.store.test_loads import put

# a limit on the size of files fails like a full disk, in the operating system itself
SCRIPT = """
import resource, signal, sys
from pathlib import Path
from kastor.store import Dataset, StoreError, open_tenant
from tests.store.houses import many_houses

twin = open_tenant(Path(sys.argv[1]), "koeln")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    with twin.load(Dataset("big", "Groß")) as load:
        load.put("all", many_houses(3000))
        load.finish()
except StoreError as error:
    print(type(error).__name__, error)
    sys.exit(3)
"""


# what fits into the files of the twin may be too much for its rows; those of PostgreSQL are on the server's disk
@pytest.mark.parametrize(
    ("store", "room"),
    [("sqlite", 100_000), ("sqlite", 400_000), ("sqlite", 1_000_000), ("postgresql", 100_000)],
    indirect=["store"],
)
def test_a_load_that_finds_no_room_changes_nothing(home: Path, helper: Helper, room: int) -> None:
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        put(twin, ("all", house("a")))
        before = twin.revision
    ((code, output),) = helper.run(SCRIPT, (home, room))
    assert code == 3, output
    assert "Dataset big cannot be loaded" in output
    with open_tenant(home, "koeln") as twin:
        assert (twin.revision, twin.city().ids.tolist()) == (before, ["a"])
        assert len(list((twin.directory / "blocks").iterdir())) == 1
        put(twin, ("all", many_houses(100)), dataset=Dataset("big", "Groß"))
        assert len(twin.city()) == 101


def test_a_full_disk_is_called_by_its_name(twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    put(twin, ("all", house("a")))
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(DiskFull, match=r"no room left on the disk.*free some space"):
            put(twin, ("all", house("b", 40)))
    assert twin.city().ids.tolist() == ["a"]


def test_a_directory_that_cannot_be_written_is_named(twin: Tenant) -> None:
    (twin.directory / "blocks").rmdir()
    (twin.directory / "blocks").write_text("in the way")
    with pytest.raises(StoreError, match="Nothing was changed"):
        put(twin, ("all", house("a")))
    assert twin.datasets() == []
