from hathor_rt.storage.ports import Storage
from tests.conformance.records import file, track
from tests.conformance.tracks_suite import ScanSuite


class TestScanning(ScanSuite):
    pass


async def test_a_batch_larger_than_one_portion_is_one_unit(storage: Storage) -> None:
    tracks = [track(f"t{number}") for number in range(1_200)]
    files = [file(f"/music/{number}", f"t{number}", is_present=number % 2 == 0) for number in range(1_200)]
    await storage.tracks.save_scanned(tracks, files)
    assert await storage.tracks.count() == 600
    assert len(await storage.tracks.files_under("/music")) == 1_200
    await storage.tracks.set_present([each.path for each in files], is_present=True)
    assert await storage.tracks.count() == 1_200
