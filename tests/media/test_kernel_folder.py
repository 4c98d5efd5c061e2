import os
import time
from pathlib import Path

from media.kernel_folder import kernel_folder, remove_outdated


def test_the_folder_is_the_same_until_something_changes(tmp_path: Path) -> None:
    assert kernel_folder(tmp_path) == kernel_folder(tmp_path)
    assert kernel_folder(tmp_path).parent == tmp_path


def test_what_nobody_uses_any_more_is_taken_away(tmp_path: Path) -> None:
    names = [kernel_folder(tmp_path).name, "kernels-idle", "kernels-recent", "stretch_before_there_were_states"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.nbc").touch()
    (tmp_path / "compiling.lock").touch()
    long_ago = time.time() - 8 * 86_400
    for name in names[:2]:
        os.utime(tmp_path / name, (long_ago, long_ago))
    remove_outdated(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([names[0], "kernels-recent", "compiling.lock"])
