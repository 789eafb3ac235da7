"""The files of this project are valid."""

from pathlib import Path
import subprocess

PROJECT = Path(__file__).resolve().parents[1]


def test_files_are_valid():
    """`nevil start` would refuse a project that is not."""
    done = subprocess.run(
        [PROJECT / 'nevil', 'validate'], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
