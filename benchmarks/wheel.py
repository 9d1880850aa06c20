"""From the wheel alone, in an empty folder, on each Python that is here: a few lines, `wom new`, `wom check`, and
with everything installed `wom run`. Packages come from the index that uv is set to."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13")
ROOT = Path(__file__).parents[1]
LINES = """\
import wom
plan = wom.load("retailer/make-it-right")
today = plan.without_plan()
effect = wom.effect(plan)
print(wom.simulate(today).npv, effect.headlines["net"])
print(wom.service_worth(today))
print(wom.mechanisms(plan))
print(wom.assumptions.table(plan).head())
wider = plan.replace({"experience.bad_share": 0.04})
print(wom.effect(wider).headlines["net"])
"""
NEW = ["new", "shop", "--customers", "5000", "--spend", "50 USD", "--margin", "40 %", "--stay", "90 % a year",
       "--new-customers", "150", "--contacts", "monthly", "--good", "25 %", "--bad", "6 %", "--recommended",
       "19 %"]  # fmt: skip


def built(folder: Path) -> Path:
    """The wheel, built with the build backend that is installed here."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def found(version: str) -> str:
    """A Python of that version among pyenv's or on the path; empty where there is none."""
    if version == f"3.{sys.version_info.minor}":
        return sys.executable
    kept = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    return str(kept[-1]) if kept else shutil.which(f"python{version}") or ""


def done(*command: str, cwd: Path) -> str:
    """What a command says, in an environment that knows no checkout."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=env)
    if ended.returncode:
        raise SystemExit(f"{command} failed:\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout


def main():
    """Print what came of each Python."""
    uv = str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory() as name:
        wheel = built(Path(name) / "wheel")
        for version in PYTHONS:
            if not found(version):
                print(f"Python {version}: not here")
                continue
            for extra in ("", "[all]"):
                begun, place = time.perf_counter(), Path(name) / f"{version}{extra}"
                python = str(place / "env" / "bin" / "python")
                place.mkdir()
                done(uv, "venv", "-q", "--python", found(version), str(place / "env"), cwd=place)
                done(uv, "pip", "install", "-q", "--python", python, f"{wheel}{extra}", cwd=place)
                said = done(python, "-c", LINES, cwd=place)
                done(python, "-m", "wom", *NEW, cwd=place)
                said += done(python, "-m", "wom", "check", "shop/today.yaml", cwd=place)
                if extra:
                    said += done(python, "-m", "wom", "run", "retailer/make-it-right", cwd=place)
                    assert (place / "reports" / "retailer-make-it-right" / "latest" / "deck.pptx").is_file()
                took = time.perf_counter() - begun
                print(f"Python {version}, wom{extra}: {said.count(chr(10))} lines said, {took:.0f} s with install")


if __name__ == "__main__":
    main()
