"""The questions that somebody may mean by a few words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from mieco.questions.model import GROUPS, Question

_WORD = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_ENDINGS = ("sses", "ies", "ss", "es", "s", "y", "e")
# What is left of a word without its ending is at least so long.
_SHORTEST = 3


def nearest_questions(questions: Iterable[Question], text: str) -> list[Question]:
    """The questions that share words with the text, those that share the rarest ones first.

    A word is what Latin letters and digits form, or two Chinese characters side by side, since
    no spaces stand between Chinese words.  A word counts the more, the fewer questions have it.
    All questions, if the text has no word.
    """
    questions = list(questions)
    wanted = _words(text)
    if not wanted:
        return questions
    words = [_words(_said(question)) for question in questions]
    spread = Counter(word for each in words for word in each)
    scores = [
        sum(math.log(1 + len(questions) / spread[word]) for word in wanted & each) for each in words
    ]
    found = [place for place, score in enumerate(scores) if score > 0]
    return [questions[place] for place in sorted(found, key=lambda p: (-scores[p], p))]


def questions_by_term(questions: Iterable[Question]) -> dict[str, list[str]]:
    """Short name of a term → the questions that use it, by their ids."""
    found: dict[str, list[str]] = {}
    for question in questions:
        for term in question.terms:
            found.setdefault(term, []).append(question.id)
    return found


def _said(question: Question) -> str:
    """Whatever a question says to people, in both languages."""
    texts = [question.sentence, GROUPS[question.group], *question.columns.values()]
    for parameter in question.parameters.values():
        texts += [parameter.label, *parameter.values.values()]
    local = (term.partition(":")[2] for term in question.terms)
    terms = (re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) for name in local)
    both = (f"{text.zh} {text.en}" for text in texts)
    return " ".join([question.id, str(question.number), *both, *terms])


def _words(text: str) -> set[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = {_stem(word) for word in _WORD.findall(folded)}
    for run in _CHINESE.findall(folded):
        words |= {run[at : at + 2] for at in range(max(1, len(run) - 1))}
    return words


def _stem(word: str) -> str:
    """What an English word shares with its plural: class and classes, body and bodies, base."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word.removesuffix(ending)
    return word
