import io
import json

from media.problem import MediaProblem
from media.progress_lines import ProgressLines


def test_lines_are_json_and_positions_come_now_and_then_and_at_the_end() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream)
    for number in range(1000):
        lines.tell(number / 1000)
    lines.tell(1.0)
    lines.say({"found": {"frames": 3}})
    lines.refuse(MediaProblem("bad-change", "no"))
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert said[0] == {"position": 0.0}
    assert len(said) < 100
    assert said[-3:] == [{"position": 1.0}, {"found": {"frames": 3}}, {"code": "bad-change", "reason": "no"}]
