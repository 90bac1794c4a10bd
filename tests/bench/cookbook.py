"""A cookbook: seconds to index, megabytes, milliseconds a query. `cookbook.py [N [WORKERS]]`.

The recipes are composed, with titles of the demo's patterns; every number is of this process alone
where WORKERS is 1, as usual. Aimed at: 100,000 in 10 minutes and 1 GB, a query in 50 ms.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from machine import machine

from recipe_data.cookbook.indexing import write_index
from recipe_data.cookbook.searching import Cookbook
from recipe_data.demo.compose import write_corpus

ASKED = ("Pasta Carbonara", "Mushroom Risotto", "Chicken", "Sandwich with Egg and Cress", "Soup")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        corpus, output = Path(folder) / "corpus.csv", Path(folder) / "book.sqlite"
        write_corpus(corpus, Path(folder) / "gold.jsonl", count, seed=7)
        start, began = time.process_time(), time.perf_counter()
        facts, _ = write_index(corpus, output, workers)
        indexing = time.process_time() - start, time.perf_counter() - began
        size = output.stat().st_size / 1e6
        book = Cookbook(output)
        start = time.process_time()
        book.nearest(ASKED[0])  # reads the model and the vectors
        first = time.process_time() - start
        seconds = []
        for title in ASKED * 5:
            start = time.process_time()
            book.nearest(title, count=12)
            seconds.append(time.process_time() - start)
    print(
        json.dumps(
            {
                "machine": machine(threads=1),
                "recipes": facts["recipes"],
                "cpu_seconds_to_index": round(indexing[0], 1),
                "seconds_to_index": round(indexing[1], 1),
                "index_megabytes": round(size, 1),
                "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "first_query_cpu_ms": round(1000 * first),
                "query_cpu_ms": round(1000 * median(seconds)),
                "slowest_query_cpu_ms": round(1000 * max(seconds)),
            }
        )
    )


if __name__ == "__main__":
    main()
