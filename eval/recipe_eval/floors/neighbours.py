"""Which training titles are nearest to a title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipe_eval.reading.names import stems

_AT_ONCE = 256  # titles, so that their similarities to a large split stay within memory

RULE = "tf-idf:words-porter|cosine|ties:first"


def nearest(titles: Sequence[str], known: Sequence[str], count: int) -> Iterator[list[int]]:
    """Yield, for every title, the places of the `count` nearest known ones, the nearest first.

    By the cosine of their stems' TF-IDF; ties go to the earlier one, so that a title of which no
    word is known has the first ones.

    >>> list(nearest(["Baked rices"], ["Fried noodles", "Rice, baked", "Rice salad"], 2))
    [[1, 2]]
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=stems)
    table = vectorizer.fit_transform(known).T.tocsr()
    for start in range(0, len(titles), _AT_ONCE):
        block = vectorizer.transform(titles[start : start + _AT_ONCE])
        for similar in (block @ table).toarray():
            yield np.argsort(-similar, kind="stable")[:count].tolist()
