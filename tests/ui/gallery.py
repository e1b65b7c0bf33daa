"""All widgets on one screen with made-up data: to look at, to test and to measure.

python -m tests.ui.gallery            the desk
keys: F2 a queue update  F4 chooser  F5 text  F6 side panel  F7 next panel  F8 another form  F9 queue storm  F10 out
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import ClassVar

from counterdesk import terminal

if __name__ == "__main__":  # before Textual is imported
    if problem := terminal.encoding_problem(sys.__stderr__):
        sys.stderr.write(problem)
        raise SystemExit(terminal.BAD_ENCODING)
    PROFILE = terminal.profile_for(os.environ)
    terminal.apply(PROFILE, os.environ)
else:
    PROFILE = terminal.profile_for({"TERM": "xterm-256color"})

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.screen import Screen

from counterdesk.widgets.base import DeskScreen, tolerate_bad_input
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.handoff_board import HandoffBoard
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import (
    Cell,
    Choice,
    ChooserView,
    FieldView,
    FormView,
    KeyHint,
    Line,
    PanelView,
    StepView,
    Style,
)

PEOPLES = (  # noqa: SIM905 - fifty-eight literals are harder to read
    "汉族 蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 "
    "瑶族 白族 土家族 哈尼族 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 高山族 拉祜族 "
    "水族 东乡族 纳西族 景颇族 柯尔克孜族 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 "
    "仡佬族 锡伯族 阿昌族 普米族 塔吉克族 怒族 乌孜别克族 俄罗斯族 鄂温克族 德昂族 保安族 裕固族 "
    "京族 塔塔尔族 独龙族 鄂伦春族 赫哲族 门巴族 珞巴族 基诺族 其他 外国血统 "
).split()
INITIALS = {"汉族": "hz", "回族": "hz", "黎族": "lz", "满族": "mz", "苗族": "mz", "维吾尔族": "wwez"}


def queue(count: int = 23, minute: int = 0) -> PanelView:
    """A queue whose waiting times are those of a minute."""
    lines = [Line((Cell("等候", "title"),))]
    names = ("违法处理", "出生登记", "身份证补领", "居住证签注", "迁入", "护照首次申领")
    for n in range(count):
        style: Style = "warn" if n == 1 else ""
        lines.append(
            Line(
                (
                    Cell(f"{'AHSJ'[n % 4]}{58 + n:03d}", "strong", 5),
                    Cell(f"{(18 - n + minute) % 60}分", style, 5, "right"),
                    Cell(" 优先" if n == 1 else "", "warn", 5),
                    Cell(names[n % 6], width=-1),
                ),
                id=f"t{n}",
            )
        )
    foot = (
        Line((Cell("为什么是A058: 等候已近目标", "dim"),)),
        Line((Cell("本窗口", "title"),)),
        Line((Cell("挂起 H009 持件 06:30"),)),
    )
    return PanelView(f"排队 {count}", tuple(lines), "最长 18分", foot)


CHECKLIST = PanelView(
    "提示",
    (
        Line((Cell("✗ ", "block"), Cell("记分已满12分,本窗口不能办", "block", -1)), "p1"),
        Line((Cell("  因为 累积记分=12", "dim"),)),
        Line((Cell("  依据 令163号 第二十条", "dim"),)),
        Line((Cell("! ", "warn"), Cell("驾驶证将于30日内到期", "warn", -1)), "p2"),
        Line((Cell("? ", "ask"), Cell("待问: 是否本人车辆", "ask", -1), Cell("F7", "dim")), "p3"),
        Line((Cell("? ", "ask"), Cell("待问: 是否有电子监控异议", "ask", -1), Cell("F7", "dim")), "p4"),
        Line((Cell("材料 3/4", "title"),)),
        Line((Cell("☑ ", "ok"), Cell("居民身份证 (原件)", width=-1)), "m1"),
        Line((Cell("☑ ", "ok"), Cell("机动车行驶证", width=-1)), "m2"),
        Line((Cell("☑ ", "ok"), Cell("机动车驾驶证", width=-1)), "m3"),
        Line((Cell("☐ ", "warn"), Cell("交通事故责任强制保险凭证", width=-1)), "m4"),
    ),
    "阻断1 警示1 待问2",
)

BOARD = PanelView(
    "流转",
    tuple(
        Line(
            (
                Cell(f"2600{n:02d}", "strong", 8),
                Cell(service, width=14),
                Cell(department, width=14),
                Cell(state, style, 12),
                Cell(clock, style, 12),
                Cell(name, width=-1),
            ),
            f"c{n}",
        )
        for n, (service, department, state, clock, name, style) in enumerate[tuple[str, str, str, str, str, Style]](
            (
                ("护照首次", "出入境", "审查中", "余3工作日", "张伟", ""),
                ("出生登记", "分局人口办", "退回补正!", "余1工作日", "阿依古丽·买买提", "warn"),
                ("违法处理", "交警支队", "已送达", "等回执 02:10", "李", ""),
                ("居住证签注", "分局人口办", "已办结", "可领取", "Nguyễn Văn An", "ok"),
                ("迁入", "市局户政处", "超期", "超1工作日", "欧阳娜娜", "block"),
            )
        )
    ),
    "在途5 超期1",
)


def form(number: int = 1, note: str = "") -> FormView:
    """The form of one case; note stands at the name of the applicant."""
    fields = (
        FieldView(
            "id", "公民身份号码", "text", "310101199003077715", "310***********7715", "done", "读卡", heading="申请人"
        ),
        FieldView("name", "姓名", "text", "", "", "open", note, limit=50),
        FieldView(
            "sex",
            "性别",
            "choice",
            "",
            "",
            "open",
            choices=(Choice("m", "男", "1"), Choice("f", "女", "2"), Choice("u", "未说明", "9")),
        ),
        FieldView(
            "people",
            "民族",
            "choice",
            "01",
            "汉族",
            "done",
            choices=tuple(Choice(f"{n:02d}", name, "", INITIALS.get(name, "")) for n, name in enumerate(PEOPLES, 1)),
        ),
        FieldView("birth", "出生日期", "fixed", "1990-03-07", "", "computed", "由身份号码得出"),
        FieldView(
            "phone", "联系电话", "text", "1380013800", "", "error", "手机号码应为11位,现为10位", "block", limit=20
        ),
        FieldView("photo", "人像采集", "capture", "", "", "open", "1 或 Enter 标记为已采集"),
        FieldView("plate", "号牌号码", "text", "沪A·D12345", "", "done", heading="违法行为"),
        FieldView("time", "违法时间", "text", "2026-11-02 08:15", "", "done"),
        FieldView("place", "违法地点", "text", "", "", "open"),
        FieldView("memo", "备注", "text", "", "", "optional", limit=500),
    )
    steps = (
        StepView("who", "身份", "done"),
        StepView("what", "事项", "done"),
        StepView("ask", "采集", "current"),
        StepView("papers", "材料", "open"),
        StepView("check", "核对", "problem"),
    )
    return FormView(f"case{number}", f"A{56 + number:03d} 交通违法处理", "办理中 04:12", steps, fields)


CHOOSER = ChooserView(
    "service",
    "选择事项",
    "为A057选择要办理的事项 (数字、拼音首字母或上下键):",
    (
        Choice("jt.wf", "交通违法处理", "1", "jtwfcl"),
        Choice("hk.cs", "出生登记", "2", "csdj"),
        Choice("sfz.bl", "居民身份证补领", "3", "sfzbl", "本窗口没有采集设备"),
        Choice("jzz", "居住证签注", "4", "jzzqz"),
    ),
    typed=True,
    empty="没有这样的事项",
)

KEYS = tuple(
    KeyHint(key, label, legal)
    for key, label, legal in (
        ("F2", "叫号", False),
        ("F3", "到窗", False),
        ("F4", "过号", True),
        ("F5", "挂起", True),
        ("F6", "转窗", True),
        ("F7", "待问", True),
        ("F8", "查看", True),
        ("F9", "受理", False),
        ("F10", "办结", True),
        ("^P", "命令", True),
        ("F1", "帮助", True),
    )
)

STATUS = (
    Cell("示范派出所  ", "strong"),
    Cell("3号窗口  警号031234  "),
    Cell("● 在线  ", "ok"),
    Cell("待发0  队列2秒前"),
)

HELP = "窗口说明\n\n" + "群众来到窗口后,按F2叫号,按F3确认到窗,然后逐项采集。" * 12 + "\n\n" + "The keys. " * 40


class GalleryScreen(DeskScreen[None]):
    """The desk's layout."""

    AUTO_FOCUS = "#form"

    def compose(self) -> ComposeResult:
        """Status, panels, board, message, keys."""
        yield StatusBar(id="status")
        with Horizontal(id="panels"):
            with Container(id="left"):
                yield QueueList(id="queue")
            with Container(id="middle"):
                yield IntakeForm(id="form")
                yield Chooser(id="chooser", classes="hidden")
                yield TextView(id="text", classes="hidden")
            with Container(id="right"):
                yield Checklist(id="checklist")
        yield HandoffBoard(id="handoffs")
        yield MessageLine(id="message")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Sample data everywhere."""
        self.query_one(StatusBar).show(STATUS, "10:42:07")
        self.query_one(QueueList).show(queue())
        self.query_one(IntakeForm).show(form())
        self.query_one(Checklist).show(CHECKLIST)
        self.query_one(HandoffBoard).show(BOARD)
        self.query_one(KeyBar).show(KEYS)
        self.query_one(MessageLine).say("A057 已到窗", "ok")
        self.query_one(IntakeForm).focus()

    def on_resize(self) -> None:
        """One side panel below 100 columns."""
        narrow = self.size.width < 100
        self.query_one("#panels").set_class(narrow, "narrow")
        self.query_one("#panels").add_class("-queue")
        self.query_one("#handoffs").set_class(narrow, "hidden")


class Gallery(App[None]):
    """The gallery. `seen` keeps what the widgets said."""

    CSS_PATH = "../../counterdesk/counterdesk.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "queue"),
        Binding("f3", "clock"),
        Binding("f4", "swap('#chooser')"),
        Binding("f5", "swap('#text')"),
        Binding("f6", "side"),
        Binding("f7", "next_panel"),
        Binding("f8", "form"),
        Binding("f9", "storm"),
        Binding("f10", "quit"),
        Binding("f11", "keys"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.palette = PROFILE.palette
        self.minute = 0
        self.number = 1

    def get_default_screen(self) -> Screen[None]:
        """The desk."""
        return GalleryScreen()

    def action_queue(self) -> None:
        """One waiting time changes, and the order of two tickets."""
        self.minute += 1
        panel = self.screen.query_one(QueueList)
        view = panel.view
        lines = list(view.lines)
        row = 1 + self.minute % 12
        cells = lines[row].cells
        lines[row] = Line((*cells[:1], Cell(f"{self.minute % 60}分", "", 5, "right"), *cells[2:]), lines[row].id)
        lines[row + 1], lines[row + 2] = lines[row + 2], lines[row + 1]
        panel.show(PanelView(view.title, tuple(lines), view.note, view.foot))

    def action_clock(self) -> None:
        """A second passes."""
        self.minute += 1
        self.screen.query_one(StatusBar).show(STATUS, f"10:42:{self.minute % 60:02d}")

    def action_swap(self, selector: str) -> None:
        """The chooser or the text in the place of the form, and back."""
        show = self.screen.query_one(selector).has_class("hidden")
        for name in ("#form", "#chooser", "#text"):
            self.screen.query_one(name).set_class(name != (selector if show else "#form"), "hidden")
        self.screen.query_one(Chooser).show(CHOOSER)
        self.screen.query_one(TextView).show_text("帮助", HELP)
        self.screen.query_one(selector if show else "#form").focus()

    def action_side(self) -> None:
        """The other side panel (narrow)."""
        panels = self.screen.query_one("#panels")
        to_prompts = panels.has_class("-queue")
        panels.set_class(not to_prompts, "-queue")
        panels.set_class(to_prompts, "-prompts")

    def action_next_panel(self) -> None:
        """The focus goes to the next panel."""
        self.screen.focus_next()

    def action_form(self) -> None:
        """Another case."""
        self.number += 1
        self.screen.query_one(IntakeForm).show(form(self.number))

    def action_keys(self) -> None:
        """Two keys change places between legal and illegal."""
        bar = self.screen.query_one(KeyBar)
        changed = tuple(KeyHint(k.key, k.label, not k.legal if k.key in ("F2", "F4") else k.legal) for k in KEYS)
        bar.show(changed if self.minute % 2 == 0 else KEYS)
        self.minute += 1

    def action_storm(self) -> None:
        """Ten queue updates a second, for three seconds."""
        self.set_timer(0.1, lambda: self.storm(30))

    def storm(self, left: int) -> None:
        """One update, and the rest."""
        self.action_queue()
        if left > 1:
            self.set_timer(0.1, lambda: self.storm(left - 1))

    def on_chooser_filtered(self, event: Chooser.Filtered) -> None:
        """The choices that fit."""
        event.stop()
        self.screen.query_one(Chooser).show(
            ChooserView(
                CHOOSER.id, CHOOSER.title, CHOOSER.prompt, tuple(matching(event.text)), CHOOSER.typed, CHOOSER.empty
            )
        )

    def _say(self, event: Message) -> None:
        values = {k: v for k, v in vars(event).items() if not k.startswith("_") and k != "time"}
        self.screen.query_one(MessageLine).say(f"{type(event).__qualname__} {values}")

    on_intake_form_committed = on_intake_form_end_reached = on_intake_form_step_requested = _say
    on_intake_form_cut = on_intake_form_blocked = _say
    on_chooser_chosen = on_chooser_blocked = on_chooser_cancelled = on_chooser_entered = _say
    on_queue_list_chosen = on_checklist_chosen = on_handoff_board_chosen = _say


def matching(words: str) -> Iterable[Choice]:
    """The choices of the chooser that fit."""
    return (choice for choice in CHOOSER.choices if words in choice.note or words in choice.label)


if __name__ == "__main__":
    tolerate_bad_input()
    Gallery().run(mouse=PROFILE.mouse)
