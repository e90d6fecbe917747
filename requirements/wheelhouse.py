"""Makes a folder from which snds-omop installs without a network: `make wheelhouse`.

The folder holds a wheel for each pin of ``run.txt`` and ``extras.txt``, the wheel of this checkout,
and ``requirements.txt`` with the SHA-256 of each. It fits the machine and the Python that made it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PIP = [sys.executable, "-m", "pip", "--no-input", "--quiet", "--disable-pip-version-check"]


def requirement(wheel: Path) -> str:
    """``name==version --hash=sha256:…`` of a wheel, from its file name (PEP 427)."""
    name, version, *_ = wheel.name.split("-")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{digest}"


def main(folder: Path) -> None:
    """Fill `folder`, which must not exist or be empty."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        sys.exit(f"{folder} is not empty")
    pins = ["-r", str(HERE / "run.txt"), "-r", str(HERE / "extras.txt")]
    binary = ["--only-binary=:all:", "--no-deps"]
    subprocess.run([*PIP, "download", *binary, "--dest", str(folder), *pins], check=True)  # noqa: S603
    subprocess.run(  # noqa: S603
        [*PIP, "wheel", "--no-deps", "--wheel-dir", str(folder), str(HERE.parent)], check=True
    )
    lines = sorted(requirement(wheel) for wheel in folder.glob("*.whl"))
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
