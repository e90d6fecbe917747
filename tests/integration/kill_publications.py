"""Driver of the kill test of PostgreSQL: forks a publishing process and kills it, again and again.

Usage: kill_publications.py WORKSPACE URL KILLS SEED. The workspace has two releases, which take
turns. After each kill the server must show one of them whole, and a run after kills must finish.
Prints how many kills left another release than the one on its way, and how many left that one.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from etl import release
from etl.publish.postgres import publish_postgres
from etl.settings import EngineSettings
from etl.workspace import Workspace

SHOWN = "select release_id, table_name, schema_name, n_rows from results.snds_omop_publication"


def forked(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__} {error}\n".encode())
            os._exit(1)
        os._exit(0)
    return child


def shown(url: str) -> str:
    """The release that a reader sees, after all its tables were counted."""
    with psycopg.connect(url) as server:
        tables = server.execute(SHOWN).fetchall()
        for _, name, schema, rows in tables:
            found = server.execute(f'select count(*) from "{schema}"."{name}"').fetchone()
            assert found == (rows,), f"{schema}.{name} is not whole"
    (one,) = {name for name, *_ in tables}
    return str(one)


def idle(url: str) -> None:
    """Wait until the server has ended the session of a killed client."""
    others = (
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    with psycopg.connect(url, autocommit=True) as server:
        for _ in range(200):
            if server.execute(others).fetchone() == (0,):
                return
            time.sleep(0.05)


def main(root: Path, url: str, kills: int, seed: int) -> None:
    workspace = Workspace(root)
    moments = random.Random(seed)  # noqa: S311
    made = [one.id for one in release.releases(workspace)]
    assert len(made) == 2

    def publish(number: int) -> int:
        return forked(
            lambda: publish_postgres(
                workspace, release.find(workspace, made[number]), url, EngineSettings(threads=1)
            )
        )

    begun = time.monotonic()
    assert os.waitpid(publish(0), 0)[1] == 0
    usual = time.monotonic() - begun
    assert shown(url) == made[0]
    before = after = 0
    for number in range(kills):
        wanted = 1 - number % 2
        child = publish(wanted)
        time.sleep(moments.uniform(0, usual))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen = shown(url)
        before, after = before + (seen != made[wanted]), after + (seen == made[wanted])
        assert seen in made
        idle(url)
        if number % 3 == 2:
            # not every time: what several kills leave must not add up to something wrong
            assert os.waitpid(publish(wanted), 0)[1] == 0, "a run after a kill must finish"
            assert shown(url) == made[wanted]
    assert os.waitpid(publish(0), 0)[1] == 0
    assert shown(url) == made[0]
    print(before, after)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
