"""The player as a plain object: lines, marks and segments go in, blocks of sound come out.

It is autonomous: as long as segments are held it follows its lines, crosses from one piece into the next without a gap
and corrects its position, whatever happens to the connection meanwhile. So does what sounds instead of the music.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from hathor_rt.headless.bent_sound import track_of
from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.hush import Hush
from hathor_rt.headless.interpolation import SincTable
from hathor_rt.headless.lines import NOBODY, Line, Program
from hathor_rt.headless.mark_track import Marking, MarkTrack
from hathor_rt.headless.steering import MICROS_PER_FRAME, READING_FRAMES, Steering
from hathor_rt.headless.voice import FADE_FRAMES, Voice
from media.pcm import CHANNELS, Samples
from sync.units import SAMPLE_RATE, Micros

_BLOCK_FRAMES: Final = 480

# Less than this ahead and a start would soon stop again.
_START_FRAMES: Final = SAMPLE_RATE // 2

# A read head farther off than this can be heard beside another device in the same room.
_IN_STEP_MICROS: Final = 5_000

# A record that puts the sound this far elsewhere is a seek: no control loop is asked, it is heard at its instant.
_SEEK_MICROS: Final = 30_000

Sounding = Literal["silent", "buffering", "catching-up", "in-step"]


@dataclass(frozen=True, slots=True)
class PlayerStatus:
    """What is heard at one output frame.

    Attributes:
        frame: The output frame.
        sounding: What the listener hears.
        entry: Queue entry that sounds, empty if none.
        track: Its track.
        position: Frames of the recording.
        error: Sound minus where it should be, Micros.
        ppm: Correction in force.
        line_entry: Entry of the line in force, playing or paused; empty if there is none.
        has_sound: Whether the sound for that line is here.
    """

    frame: int
    sounding: Sounding
    entry: str
    track: str
    position: float
    error: float
    ppm: float
    line_entry: str
    has_sound: bool


class Player:
    """Renders a program.

    Invariant: at most one voice is not released, `_lead`; released voices only fade away.

    Args:
        store: The sound at hand.
        steering: Keeps it in step.
    """

    def __init__(self, store: ChunkStore, steering: Steering) -> None:
        self._store = store
        self._steering = steering
        self._tables: dict[float, SincTable] = {}
        self._program: Program = ()
        self._clock_error = Micros(0)
        self._line: Line | None = None
        self._lead: Voice | None = None
        self._fading: list[Voice] = []
        self._error = 0.0
        self._read_at = 0
        self._is_shifted = False
        self._marking: Marking | None = None
        self._hush = Hush()
        self._marks = MarkTrack()

    def follow(self, program: Program, clock_error: Micros, *, is_shifted: bool = False) -> None:
        """Replace all lines. Lines whose time has come take effect with the next block.

        Args:
            program: The lines.
            clock_error: Certified error of the room's clock.
            is_shifted: They differ from those before because somebody moved the output's offset, not because a clock is
                known better: what that puts elsewhere is heard there as after a seek.
        """
        self._clock_error = clock_error
        self._program = program
        # Behind the lines: whoever renders meanwhile must not take the shift for made already.
        if is_shifted:
            self._is_shifted = True

    def mark(self, marking: Marking | None) -> None:
        """Play these marks instead of the music, from the next block on; None: music. It goes on in its place unheard."""
        self._marking = marking

    def render(self, frame: int, count: int) -> Samples:
        """Output frames `frame` up to `frame + count`; float32, shape (2, count). Call it with rising frames."""
        sound = np.zeros((CHANNELS, count), np.float32)
        told = self._marking
        done = 0
        while done < count:
            now = frame + done
            # The music comes back at its frame, also when nobody tells so in time.
            marking = None if told is None or now >= told.until else told
            self._take_line(now)
            step = self._block_length(now, count - done, marking)
            block = sound[:, done : done + step]
            if self._lead is None and not self._fading:
                # Nothing to fade; whatever starts now does so behind a fade of its own.
                self._hush.settle(is_wanted=marking is not None)
            self._add_block(now, block)
            self._hush.apply(block, is_wanted=marking is not None)
            self._marks.add_to(block, now, marking)
            done += step
        return sound

    def silence(self) -> None:
        """Fade out, for good: the end of listening."""
        self._program = ()
        self._marking = None if self._marking is None else self._marking.ended()

    def status(self, frame: int) -> PlayerStatus:
        """What is heard at `frame`, the one to be rendered next."""
        lead, line = self._lead, self._line
        piece = lead.piece if lead is not None else NOBODY
        return PlayerStatus(
            frame=frame,
            sounding=self._sounding(frame),
            entry=piece.entry,
            track=track_of(piece.track),
            position=lead.position * piece.tempo if lead is not None else 0.0,
            error=self._error_at(frame) or 0.0,
            ppm=self._steering.ppm if lead is not None else 0.0,
            line_entry=line.piece.entry if line is not None else "",
            has_sound=self._has_sound(frame),
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _sounding(self, frame: int) -> Sounding:
        line = self._line
        if line is None or line.slope == 0:
            return "silent"
        if self._lead is None:
            is_last = line.piece.frames > 0 and line.following is None
            is_over = is_last and line.position_at(frame) > line.piece.frames - _START_FRAMES
            return "silent" if is_over else "buffering"
        return "catching-up" if abs(self._error) > _IN_STEP_MICROS else "in-step"

    def _take_line(self, frame: int) -> None:
        program = self._program
        line = next((candidate for candidate in reversed(program) if candidate.begins <= frame), None)
        # Told of lines of the future only: what holds now goes on until then.
        if line == self._line or (line is None and program):
            return
        is_other_record = line is None or self._line is None or line.record != self._line.record
        self._line = line
        lead = self._lead
        if lead is None:
            return
        position = None if line is None or line.slope == 0 else lead.position_on(line)
        if line is None or position is None:
            self._release()
            return
        lead.learn(line)
        if is_other_record and abs(position - line.position_at(frame)) * MICROS_PER_FRAME > _SEEK_MICROS:
            self._jump(line, frame)

    def _block_length(self, frame: int, left: int, marking: Marking | None) -> int:
        """Frames until anything may change: a line begins, a reading is due, a check ends."""
        count = min(_BLOCK_FRAMES, left)
        if marking is not None and marking.until < math.inf:
            count = min(count, math.ceil(marking.until - frame))
        for line in self._program:
            if line.begins > frame:
                count = min(count, math.ceil(line.begins - frame))
        if self._lead is not None:
            count = min(count, max(1, self._read_at + READING_FRAMES - frame))
        return count

    def _add_block(self, frame: int, sound: Samples) -> None:
        count = sound.shape[1]
        line = self._line
        if line is not None and line.slope > 0:
            self._steer(line, frame)
            self._change_sound(line, frame)
            self._guard_end(line)
            if self._lead is None:
                self._try_start(line, frame)
            if self._lead is not None:
                scale = line.piece.tempo / self._lead.piece.tempo
                self._lead.pace(self._steering.pace(line) * scale, self._table(line.slope * scale))
        if self._lead is not None:
            sound += self._lead.render(self._store, count)
        for voice in self._fading:
            sound += voice.render(self._store, count)
        self._fading = [voice for voice in self._fading if not voice.is_over]

    def _error_at(self, frame: int) -> float | None:
        """Sound minus where it should be, Micros."""
        line, lead = self._line, self._lead
        position = lead.position_on(line) if line is not None and lead is not None else None
        if line is None or position is None:
            return None
        return (position - line.position_at(frame)) * MICROS_PER_FRAME

    def _steer(self, line: Line, frame: int) -> None:
        error = self._error_at(frame)
        if error is None:
            return
        self._error = error
        if self._is_shifted:
            self._is_shifted = False
            if abs(error) > _SEEK_MICROS:
                self._jump(line, frame)
                return
        if frame - self._read_at < READING_FRAMES:
            return
        self._read_at = frame
        if self._steering.read(Micros(round(frame * MICROS_PER_FRAME)), error, self._clock_error):
            self._jump(line, frame)

    def _jump(self, line: Line, frame: int) -> None:
        self._release()
        self._try_start(line, frame, 2 * FADE_FRAMES)

    def _change_sound(self, line: Line, frame: int) -> None:
        """Go over to the line's sound as soon as it is here: at the line's first frame, as a rule.

        Until then the sound at hand goes on at the line's tempo, higher or lower as it may be: in its place in time, and
        without a gap.
        """
        lead, following = self._lead, line.following
        if lead is None or lead.piece.track == line.piece.track:
            return
        if following is not None and lead.piece.track == following.track:
            return
        voice = self._voice_for(line, line.position_at(frame))
        if voice is None or not self._is_fed(voice, line, _START_FRAMES):
            return
        self._release()
        self._lead = voice
        self._error = 0.0
        self._read_at = frame
        self._steering.restart()

    def _guard_end(self, line: Line) -> None:
        """Let the leading voice go early enough that its fade ends before what is held ends."""
        if self._lead is None:
            return
        pace = line.slope * line.piece.tempo / self._lead.piece.tempo
        margin = (FADE_FRAMES + _BLOCK_FRAMES) * pace * 1.01 + 2 * self._table(pace).taps
        if self._lead.extent(self._store) < margin:
            self._release()

    def _try_start(self, line: Line, frame: int, least: int = _START_FRAMES) -> None:
        voice = self._voice_for(line, line.position_at(frame))
        if voice is None or not self._is_fed(voice, line, least):
            return
        self._lead = voice
        self._error = 0.0
        self._read_at = frame
        self._steering.restart()

    def _is_fed(self, voice: Voice, line: Line, least: int) -> bool:
        """Whether `least` frames from the voice on are here, or all up to the end; never for the last breath of a piece."""
        is_last = voice.piece.frames > 0 and (line.following is None or voice.piece.entry != line.piece.entry)
        to_end = voice.piece.frames - voice.position if is_last else math.inf
        return to_end >= 4 * FADE_FRAMES and voice.extent(self._store) >= min(least, to_end)

    def _has_sound(self, frame: int) -> bool:
        line = self._line
        voice = self._voice_for(line, line.position_at(frame)) if line is not None else None
        return line is not None and voice is not None and self._is_fed(voice, line, _START_FRAMES)

    def _voice_for(self, line: Line, position: float) -> Voice | None:
        """A voice at `position` of the line's piece, or beyond it in the following one."""
        if self._steering.is_exact and line.rate == 1.0:
            position = float(round(position))
        piece, following = line.piece, line.following
        if position < 0 or not piece.entry:
            return None
        if piece.frames == 0 or position < piece.frames:
            return Voice(piece, position, following)
        return None if following is None else Voice(following, position - piece.frames, None)

    def _release(self) -> None:
        if self._lead is not None:
            self._lead.release()
            self._fading.append(self._lead)
            self._lead = None

    def _table(self, slope: float) -> SincTable:
        """One table for all speeds up to 1 % above the recorded one: corrections must not change the sound."""
        step = round(slope, 3) if slope > 1.01 else 1.0
        if step not in self._tables:
            self._tables[step] = SincTable(step)
        return self._tables[step]
