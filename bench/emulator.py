"""An account on an emulator of AWS, gone when the bench ends."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "aws"))
from account import Account  # noqa: E402
from servers import MiniStack  # noqa: E402


@contextlib.contextmanager
def account_with(functions: Path) -> Iterator[Account]:
    with tempfile.TemporaryDirectory(prefix="leadlake-bench-") as folder:
        emulator = MiniStack(Path(sys.executable).parent, Path(folder, "emulator"))
        try:
            account = Account(emulator.wait_until_healthy(30), functions, Path(folder))
            try:
                yield account
            finally:
                account.stop()
        finally:
            emulator.stop()
