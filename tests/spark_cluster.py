"""A standalone cluster of Spark on 127.0.0.1, each part a process of its own, from pyspark itself.

A master, two workers of one core, an executor on each, and a Spark Connect server that is the
driver. ``python -m tests.spark_cluster`` starts one and names its address until it is interrupted.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WORKERS = 2
START = 180
"""Seconds that a part may take to open its port, on a busy machine."""
_JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
_MEMORY = {"server": "2g"}
_SERVER = {
    "spark.executor.memory": "700m",
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.hadoop.fs.permissions.umask-mode": "077",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.connect.grpc.binding.address": "127.0.0.1",
}


@contextmanager
def spark_cluster(folder: Path, conf: Mapping[str, str] | None = None) -> Iterator[str]:
    """Address of the Spark Connect server of a cluster that lives as long as the block.

    Args:
        folder: for logs and scratch files.
        conf: configuration of the server.
    """
    import pyspark

    home = Path(pyspark.__file__).parent
    master, server = _free_port(), _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SPARK_")},
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_JAVA_OPTS": _JAVA,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "PYSPARK_PYTHON": sys.executable,
    }
    url = f"spark://127.0.0.1:{master}"
    deploy = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy"]
    settings = _SERVER | {"spark.connect.grpc.binding.port": str(server)} | dict(conf or {})
    ports = ["--host", "127.0.0.1", "--webui-port", "0"]
    parts = {
        "master": [deploy[0], f"{deploy[1]}.master.Master", *ports, "--port", str(master)],
        **{
            f"worker-{number}": [
                *(deploy[0], f"{deploy[1]}.worker.Worker", *ports, "--cores", "1"),
                *("--memory", "1g", "--work-dir", str(folder / f"worker-{number}"), url),
            ]
            for number in range(1, WORKERS + 1)
        },
        "server": [
            *(str(home / "bin" / "spark-submit"), "--master", url),
            *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
            *(word for pair in settings.items() for word in ("--conf", "=".join(pair))),
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    running: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in parts.items():
            with (folder / f"{name}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(
                        command,
                        # spark-submit gives the server this memory, not spark.driver.memory
                        env=environment | {"SPARK_DAEMON_MEMORY": _MEMORY.get(name, "256m")},
                        cwd=folder,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
            if name in ("master", "server"):
                _wait_for(master if name == "master" else server, running[-1], folder / name)
        yield f"sc://127.0.0.1:{server}"
    finally:
        for process in reversed(running):
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], place: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.3)
    log = place.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"{place.name} did not start: {log[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a part, and the executors that a worker has started."""
    for signalled in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signalled)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    # ended by either signal, its parts end too
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: sys.exit())
    with spark_cluster(Path(sys.argv[1]).resolve()) as address:
        print(address, flush=True)
        signal.pause()
