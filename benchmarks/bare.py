"""The same work with Textual's own widgets and nothing of counterdesk: what the figures are compared with.

A queue in an OptionList, a form of Inputs, a checklist and a board in Statics, a Header with its clock, a Footer.
F2 lets the queue change ten times a second, three seconds long.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Header, Input, Label, OptionList, Static

QUEUE = tuple(f"A{number:03d} 交通违法处理 {number:2d}分 排队" for number in range(1, 25))
FIELDS = ("公民身份号码", "姓名", "性别", "出生日期", "号牌号码", "违法时间", "违法地点", "联系电话", "住址", "备注")
CHECKLIST = "\n".join(f"? 待问: 第{number}项是否核对 →F7" for number in range(1, 16))
BOARD = "\n".join(f"26000{number} 护照首次 出入境 审查中 余{number}工作日" for number in range(1, 6))
READY = "公民身份号码"


class BareApp(App[None]):
    """A counter's screen as a tutorial would build it."""

    CSS = """
    OptionList { width: 30; height: 1fr; }
    #right { width: 32; border: round $primary; }
    #board { height: 7; border: round $primary; }
    VerticalScroll { width: 1fr; border: round $primary; }
    Label { height: 1; }
    """
    TITLE = "示范派出所 3号窗口"
    BINDINGS = [
        *((f"f{n}", f"key({n})", name) for n, name in enumerate(("帮助", "叫号", "到窗", "过号", "挂起", "转窗"), 1)),
        ("f8", "queue", "换栏"),
        ("f10", "quit", "办结"),
    ]

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True)
        with Horizontal():
            yield OptionList(*QUEUE, id="queue")
            with VerticalScroll(can_focus=False):
                yield from self._form()
            yield Static(CHECKLIST, id="right")
        yield Static(BOARD, id="board")
        yield Footer()

    def _form(self) -> Iterator[Label | Input]:
        for name in FIELDS:
            yield Label(name)
            yield Input(compact=True)

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def action_queue(self) -> None:
        """The keys go to the queue."""
        self.query_one("#queue").focus()

    def action_key(self, number: int) -> None:
        """F2: thirty changes of the queue, a tenth of a second apart."""
        if number == 2:
            self._left = 30
            self._draw = random.Random(7)
            self._timer = self.set_interval(0.1, self._change, repeat=30)

    def _change(self) -> None:
        queue = self.query_one("#queue", OptionList)
        self._left -= 1
        if self._left % 2:
            queue.add_option(f"B{self._left:03d} 身份证 0分 排队")
        else:
            queue.remove_option_at_index(self._draw.randrange(20))


if __name__ == "__main__":
    BareApp().run()
