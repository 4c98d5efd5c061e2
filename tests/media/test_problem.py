from media.problem import MediaProblem


def test_a_problem_tells_machines_a_code_and_people_a_reason() -> None:
    problem = MediaProblem("damaged-file", "a.mp3 is empty")
    assert (problem.code, problem.reason) == ("damaged-file", "a.mp3 is empty")
    assert str(problem) == "damaged-file: a.mp3 is empty"
