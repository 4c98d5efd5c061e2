"""What storage answered lately, so that a crowd that comes at once asks once.

An answer is believed for a second at most, which bounds how long this process may miss what another one has written. What is
changed in this process itself is forgotten by whoever changes it, and then believed by nobody any more, not even by those
whose question was already under way.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import trio

from hathor_rt.timebase import Timebase
from sync.units import Micros

BELIEVED_FOR: Final = Micros(1_000_000)
# Only answers that were something are kept, so nobody fills this by guessing; tokens and their holders are fewer.
_MOST: Final = 4096

Key = TypeVar("Key")
Value = TypeVar("Value")


class _Question(Generic[Value]):
    """One that was asked of storage, and its answer once `is_answered`."""

    __slots__ = ("answer", "asked_at", "is_answered", "waiting")

    def __init__(self) -> None:
        self.answer: Value | None = None
        # When it was asked: the answer is as old as that.
        self.asked_at = Micros(0)
        self.is_answered = False
        # Set when there is an answer, or when somebody else has to ask.
        self.waiting = trio.Event()


class RecentAnswers(Generic[Key, Value]):
    """Answers by what was asked.

    Args:
        ask: Asks storage; None: there is no such thing, which is not remembered. May refuse: then each asks by itself.
        timebase: Tells how old an answer is.
    """

    def __init__(self, ask: Callable[[Key], Awaitable[Value | None]], timebase: Timebase) -> None:
        self._ask = ask
        self._now = timebase.now
        # Under way, or answered and believed.
        self._questions: dict[Key, _Question[Value]] = {}

    def __len__(self) -> int:
        return len(self._questions)

    async def get(self, key: Key) -> Value | None:
        """The answer, at most a second old. Raises what asking raises."""
        while True:
            question = self._questions.get(key)
            if question is None or (question.is_answered and self._now() - question.asked_at >= BELIEVED_FOR):
                question = self._questions[key] = _Question()
                answer = await self._answer(key, question)
            elif question.is_answered:
                await trio.lowlevel.checkpoint()
                return question.answer
            else:
                await question.waiting.wait()
                answer = question.answer
            # Forgotten while it was under way: what was read may have been read before the change.
            if self._questions.get(key) is question or (question.is_answered and answer is None):
                return answer

    def learn(self, key: Key, value: Value | None, asked_at: Micros) -> None:
        """Storage answered somebody who asked by themselves at that instant; None: there is no such thing any more."""
        former = self._questions.get(key)
        if former is None or not former.is_answered or asked_at < former.asked_at:
            return  # nobody keeps it, or it is being asked, or more is known
        if value is None:
            self.forget(key)
        else:
            former.answer, former.asked_at = value, asked_at

    def forget(self, key: Key) -> None:
        """It changed: whoever wants it from now on, or waits for it, asks anew."""
        self._questions.pop(key, None)

    async def _answer(self, key: Key, question: _Question[Value]) -> Value | None:
        question.asked_at = self._now()  # no older than what will be read
        try:
            question.answer = await self._ask(key)
            question.is_answered = True
        finally:
            if question.answer is None and self._questions.get(key) is question:
                del self._questions[key]
            question.waiting.set()
        self._tidy()
        return question.answer

    def _tidy(self) -> None:
        while len(self._questions) > _MOST:
            self._questions.pop(next(iter(self._questions)))
