"""Where papers go, and what is said when they do not."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from counterdesk.desk.printer import Printed, Printer


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_gets_the_text_as_utf8(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = Printer(python(f"import sys; open({str(out)!r}, 'wb').write(sys.stdin.buffer.read())")).put("n", "告知单\n")
    assert done == Printed("printed")
    assert out.read_bytes() == "告知单\n".encode()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit('no such printer')", "no such printer"),
        ("import sys; sys.exit(3)", "exit 3"),
        (r"import sys; sys.stderr.buffer.write(b'\x1b[31m\xff bad'); sys.exit(1)", "�[31m� bad"),
    ],
)
def test_a_command_that_fails_is_quoted(code: str, why: str) -> None:
    assert Printer(python(code)).put("n", "x") == Printed("failed", why=why)


def test_a_command_that_is_not_there() -> None:
    assert Printer(["/nowhere/lp"]).put("n", "x").outcome == "failed"


def test_a_command_that_hangs_is_given_up() -> None:
    assert Printer(python("import signal; signal.pause()"), timeout=0.3).put("n", "x") == Printed("slow")


def test_a_command_that_reads_nothing_is_no_error() -> None:
    assert Printer(python("pass")).put("n", "x" * 200_000) == Printed("printed")


def test_saved_for_its_owner_only_and_never_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "counterdesk"
    printer = Printer(folder=folder)
    first, second = printer.put("notice-26000001-2026-11-23", "一"), printer.put("notice-26000001-2026-11-23", "二")
    assert Path(first.where) == folder / "notice-26000001-2026-11-23.txt"
    assert Path(second.where) == folder / "notice-26000001-2026-11-23-2.txt"
    assert Path(first.where).read_text(encoding="utf-8") == "一"
    assert stat.S_IMODE(os.stat(first.where).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    done = Printer(folder=tmp_path / "papers").put("../../etc/x y", "x")
    assert Path(done.where).parent == tmp_path / "papers"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Printer(folder=tmp_path / "file" / "papers").put("n", "x").outcome == "failed"


def test_without_a_folder_the_documents_of_the_officer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert Printer().put("n", "x").where == str(tmp_path / "Documents" / "counterdesk" / "n.txt")
