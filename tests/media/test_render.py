from pathlib import Path

import msgspec
import numpy as np
import pytest

from media import render
from media.analysis.loudness import LoudnessMeter
from media.analysis.peaks import PeakMeter
from media.bend import PLAIN, Bend
from media.decode import Decoding
from media.encode import Flac24Writer
from media.jobs import Measure, Segment, Separate, Work
from media.messages import Measured, Segmented, Separated
from media.pcm_cache import PcmCache
from media.problem import MediaProblem
from media.render import Renderer
from media.rendition import Codec
from media.segment_format import SEGMENT_FRAMES, unpack_packets
from media.stem_models import model_identity
from media.stems.unfinished import STEM_GAIN, unfinished
from media.unfinished_stems import Head
from tests.media.sounds import as_pcm, decode_flac, music, through_16_bit, write_sound
from tests.media.spans.recordings import whole
from tests.media.stems.fakes import Shares

FRAMES = SEGMENT_FRAMES + 30_000
BLOCK = 65_536


def renderer(folder: Path, *, blocks: int = 40) -> Renderer:
    cache = PcmCache(folder / "pcm", blocks * BLOCK * 8, block_frames=BLOCK)
    return Renderer(cache, folder / "scratch", folder / "unfinished")


def untold(_: float) -> None:
    """Progress nobody asked for."""


def content(made: Measured | Segmented | Separated) -> bytes:
    assert isinstance(made, Segmented)
    assert made.byte_count == Path(made.path).stat().st_size
    return Path(made.path).read_bytes()


def flac_segment(path: Path, index: int, bend: Bend = PLAIN) -> Segment:
    return Segment("source", str(path), "rendition", "flac", 0, index, bend)


def test_measuring_tells_what_the_recording_is(tmp_path: Path) -> None:
    samples = through_16_bit(music(FRAMES))
    path = write_sound(tmp_path, "flac", samples)
    told: list[float] = []
    measured = renderer(tmp_path).render(Measure("source", str(path)), told.append)
    assert isinstance(measured, Measured)
    loudness, peaks = LoudnessMeter(), PeakMeter()
    for meter in (loudness, peaks):
        meter.add(as_pcm(samples))
    assert (measured.key, measured.frames, measured.note) == ("measure/source", FRAMES, "")
    assert measured.loudness_lufs == loudness.loudness_lufs
    assert measured.true_peak_db == pytest.approx(20 * np.log10(np.abs(samples).max()), abs=0.5)
    assert Path(measured.peaks_path).read_bytes() == peaks.to_bytes()
    assert told[-1] == pytest.approx(1.0)


def test_a_segment_needs_no_measuring_before_and_no_file_after(tmp_path: Path) -> None:
    samples = through_16_bit(music(FRAMES))
    path = write_sound(tmp_path, "flac", samples)
    at_work = renderer(tmp_path)
    last = at_work.render(flac_segment(path, 1), untold)
    assert np.array_equal(decode_flac(content(last)), samples[:, SEGMENT_FRAMES:])
    path.unlink()
    first = at_work.render(flac_segment(path, 0), untold)
    assert np.array_equal(decode_flac(content(first)), samples[:, :SEGMENT_FRAMES])
    opus = at_work.render(Segment("source", str(path), "other", "opus", 96, 0), untold)
    assert len(unpack_packets(content(opus))) == 209


def test_a_recording_larger_than_the_cache_is_decoded_again_where_it_is_wanted(tmp_path: Path) -> None:
    samples = through_16_bit(music(SEGMENT_FRAMES * 5))
    path = write_sound(tmp_path, "flac", samples)
    # 15 blocks of sound, room for 12, of which one filling takes half.
    at_work = renderer(tmp_path, blocks=12)
    at_work.render(Measure("source", str(path)), untold)
    for index in (4, 0, 3, 1, 2, 4):
        made = at_work.render(flac_segment(path, index), untold)
        wanted = samples[:, index * SEGMENT_FRAMES : (index + 1) * SEGMENT_FRAMES]
        assert np.array_equal(decode_flac(content(made)), wanted)


def problem_of(at_work: Renderer, work: Work) -> str:
    with pytest.raises(MediaProblem) as caught:
        at_work.render(work, untold)
    return caught.value.code


def test_what_cannot_be_done_has_a_code(tmp_path: Path) -> None:
    at_work = renderer(tmp_path)
    path = write_sound(tmp_path, "wav", music(1_000))
    noise = tmp_path / "noise.mp3"
    noise.write_bytes(bytes(range(256)) * 20)
    assert problem_of(at_work, flac_segment(path, 1)) == "unknown-segment"
    assert problem_of(at_work, flac_segment(path, -1)) == "unknown-segment"
    assert problem_of(at_work, Measure("gone", str(tmp_path / "gone.mp3"))) == "file-missing"
    assert problem_of(at_work, Measure("noise", str(noise))) == "damaged-file"


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    path = write_sound(tmp_path, "wav", music(1_000))
    cache = PcmCache(tmp_path / "pcm", 40 * BLOCK * 8, block_frames=BLOCK)
    at_work = Renderer(cache, tmp_path / "scratch", tmp_path / "unfinished")
    (tmp_path / "scratch" / "measure-source-20").symlink_to("/dev/full")
    assert problem_of(at_work, Measure("source", str(path))) == "storage-full"


def separate(folder: Path, path: Path) -> Separate:
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "mine.safetensors").write_bytes(b"weights")
    identity = model_identity("mine", folder / "models")
    return Separate("source", str(path), "mine", identity, str(folder / "models"))


def test_stems_are_sound_files_as_long_as_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def opens(name: str, folder: Path, *, takes_pickled: bool) -> Shares:
        opened.append(name)
        assert (folder, takes_pickled) == (tmp_path / "models", False)
        return Shares(window_frames=40_000)

    monkeypatch.setattr(render, "open_separator", opens)
    monkeypatch.setattr(render, "prepare_torch", lambda: None)
    samples = through_16_bit(music(FRAMES))
    path = write_sound(tmp_path, "flac", samples)
    work, told = separate(tmp_path, path), list[float]()
    at_work = renderer(tmp_path)
    made = at_work.render(work, told.append)
    assert isinstance(made, Separated)
    assert (made.key, made.frames, list(made.paths)) == (f"stems/source/{work.identity}", FRAMES, ["stem 0", "stem 1"])
    assert 0 < told[0] < 0.3
    stems = [
        np.concatenate([each.samples for each in Decoding(Path(at)).blocks()], axis=1) for at in made.paths.values()
    ]
    assert np.abs(2 * (stems[0] + stems[1]) - samples).max() <= 2.0**-22
    at_work.render(work, untold)
    assert opened == ["mine"]
    # A stem is cut like any recording.
    cut = at_work.render(Segment("source/mine/0", made.paths["stem 0"], "stem", "flac", 0, 1), untold)
    assert np.abs(decode_flac(content(cut)) - stems[0][:, SEGMENT_FRAMES:]).max() <= 0.5 / 32768


@pytest.mark.parametrize("codec", ["flac", "opus"])
def test_a_segment_of_a_stem_has_the_same_bytes_before_all_of_it_is_there(tmp_path: Path, codec: Codec) -> None:
    stems = np.stack([through_16_bit(music(FRAMES, seed=seed)) for seed in (1, 2)])
    with unfinished(tmp_path / "job.stems", Head(["a", "b"], FRAMES)) as file:
        file.append(stems[..., : SEGMENT_FRAMES + 5000])
        at_work = renderer(tmp_path)
        early = Segment("s/m/b", str(tmp_path / "job.stems"), "early", codec, 96, 0, PLAIN, "b")
        first = content(at_work.render(early, untold))
        assert problem_of(at_work, msgspec.structs.replace(early, index=1)) == "still-separating"
        assert problem_of(at_work, msgspec.structs.replace(early, index=2)) == "unknown-segment"
    assert problem_of(at_work, early) == "still-separating"
    writer = Flac24Writer(tmp_path / "b.flac")
    writer.write(as_pcm(stems[1] * STEM_GAIN))
    writer.close()
    late = msgspec.structs.replace(early, path=str(tmp_path / "b.flac"), rendition="late")
    assert content(at_work.render(late, untold)) == first


def test_a_model_that_is_another_by_now_is_not_used(tmp_path: Path) -> None:
    path = write_sound(tmp_path, "wav", music(1_000))
    work = separate(tmp_path, path)
    (tmp_path / "models" / "mine.safetensors").write_bytes(b"other weights")
    assert problem_of(renderer(tmp_path), work) == "model-missing"


@pytest.mark.slow
def test_a_bent_segment_is_cut_out_of_spans(tmp_path: Path) -> None:
    samples = through_16_bit(music(SEGMENT_FRAMES * 4))
    path = write_sound(tmp_path, "flac", samples)
    bend = Bend(800, 150)
    expected = whole(samples, bend) / 2
    at_work = renderer(tmp_path)
    for index in (3, 0, 4):
        made = decode_flac(content(at_work.render(flac_segment(path, index, bend), untold)))
        part = expected[:, index * SEGMENT_FRAMES : (index + 1) * SEGMENT_FRAMES]
        assert np.abs(made - part).max() <= 0.5 / 32768
    assert problem_of(at_work, flac_segment(path, 5, bend)) == "unknown-segment"
    assert problem_of(at_work, flac_segment(path, 4)) == "unknown-segment"


@pytest.mark.slow
def test_warming_up_leaves_no_trace(tmp_path: Path) -> None:
    renderer(tmp_path).warm_up()
    assert list((tmp_path / "scratch").iterdir()) == []
