"""The form: moving, committing, picking, and what the officer types being safe."""

from __future__ import annotations

from dataclasses import replace

from textual import events

from counterdesk.text import cells
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.values import Choice, FieldView, FormView, StepView
from tests.ui.gallery import form as gallery_form
from tests.ui.widgets.stage import Play, staged

NAME = FieldView("name", "姓名", "text", mark="open")
SEX = FieldView(
    "sex", "性别", "choice", choices=(Choice("m", "男", "1"), Choice("f", "女", "2"), Choice("u", "未知", "9"))
)
BORN = FieldView("born", "出生日期", "fixed", "1990-03-07", mark="computed")
PHOTO = FieldView("photo", "人像", "capture")
MEMO = FieldView("memo", "备注", "text", limit=10)


def view(*fields: FieldView, id: str = "c1", at: str = "") -> FormView:  # noqa: A002
    """A form of these fields."""
    return FormView(id, "A057", "", (StepView("s", "采集", "current"),), fields, at)


def commits(play: Play) -> list[tuple[str, str]]:
    """What was committed so far."""
    return [(message.key, message.text) for message in play.said(IntakeForm.Committed)]


async def test_enter_commits_goes_on_and_never_submits() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME, SEX, BORN, PHOTO, MEMO))
        assert form.active == "name"
        await play.press("a", "b", "enter")
        assert commits(play) == [("name", "ab")]
        assert form.active == "sex"
        await play.press("2")
        assert form.active == "photo", "the fixed field is passed over"
        await play.press("enter", "x", "enter")
        await play.settle()
        assert commits(play) == [("name", "ab"), ("sex", "f"), ("photo", "1"), ("memo", "x")]
        assert [message.form_id for message in play.said(IntakeForm.EndReached)] == ["c1"]
        assert "女" in play.text()
        assert "☑" in play.text()


async def test_nothing_is_committed_that_did_not_change() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(replace(NAME, text="张"), SEX, MEMO))
        await play.press("down", "down", "up", "up", "a", "backspace", "tab", "shift+tab", "left", "end", "down")
        await play.settle()
        assert commits(play) == []
        assert form.active == "sex"


async def test_what_is_typed_is_never_overwritten() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME, MEMO))
        form.show(view(replace(NAME, text="读卡"), MEMO))  # untouched: the card reader may fill it
        assert "读卡" in play.text()
        await play.press("x", "left")
        form.show(view(replace(NAME, text="别的", note="不符", note_style="block"), MEMO))
        assert "读卡x" in play.text()
        assert "不符" in play.text()
        await play.press("y", "enter")
        await play.settle()
        assert commits(play) == [("name", "读卡yx")]
        form.show(view(replace(NAME, text="别的", note="不符", note_style="block"), replace(MEMO, note="新")))
        assert "读卡yx" in play.text(), "what was sent is shown until the desk says something new about the field"
        form.show(view(replace(NAME, text="张伟", mark="done"), MEMO))
        assert "张伟" in play.text()
        assert "读卡" not in play.text()


async def test_another_case_commits_to_the_old_one_and_starts_anew() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME, MEMO))
        await play.press("甲")
        form.show(view(NAME, MEMO, id="c2", at="memo"))
        await play.settle()
        [message] = play.said(IntakeForm.Committed)
        assert (message.form_id, message.key, message.text) == ("c1", "name", "甲")
        assert form.active == "memo"
        assert "甲" not in play.text()


async def test_leaving_the_form_commits() -> None:
    form, queue = IntakeForm(), QueueList()
    async with staged(form, queue) as play:
        form.show(view(NAME))
        await play.press("甲")
        assert form.touched
        queue.focus()
        await play.settle()
        assert commits(play) == [("name", "甲")]
        form.commit()
        await play.settle()
        assert len(commits(play)) == 1


async def test_a_commit_can_be_taken_at_once() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME, id="c7"))
        await play.press("甲")
        message = form.take()
        assert message is not None
        assert (message.form_id, message.key, message.text) == ("c7", "name", "甲")
        assert form.take() is None
        await play.press("enter")
        await play.settle()
        assert commits(play) == [], "it is not sent a second time"


async def test_the_cursor_survives_fields_that_come_and_go() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME, SEX, MEMO))
        assert form.go_to("memo")
        form.show(view(PHOTO, NAME, MEMO))
        assert form.active == "memo"
        form.show(view(PHOTO, NAME))
        assert form.active == "name"
        assert not form.go_to("memo")
        assert not form.go_to("born")
        await play.settle()


async def test_choices() -> None:
    form = IntakeForm()
    blocked = replace(SEX, key="b", choices=(Choice("x", "甲", "1", blocked="没有设备"), Choice("y", "乙", "2")))
    async with staged(form) as play:
        form.show(view(replace(SEX, text="m"), blocked, MEMO))
        await play.press("right", "enter")
        assert commits(play) == [("sex", "f")]
        await play.press("1")
        await play.settle()
        assert [message.reason for message in play.said(IntakeForm.Blocked)] == ["没有设备"]
        assert form.active == "b"
        await play.press("left", "left", "enter")  # round to the end, and further to the blocked one
        await play.press("down")
        assert commits(play) == [("sex", "f")], "a blocked choice is never committed"
        await play.press("up", "up", "delete")
        await play.settle()
        assert commits(play)[-1] == ("sex", "")


async def test_a_long_list_is_narrowed_by_typing() -> None:
    form = IntakeForm()
    async with staged(form, size=(58, 30)) as play:
        form.show(gallery_form())
        form.go_to("people")
        assert "1 汉族" in play.text()
        await play.press("w", "w")
        assert "维吾尔族" in play.text()
        assert "汉族" not in play.text()
        await play.press("z")
        assert "✗" in play.text()
        await play.press("enter")
        assert form.active == "people", "nothing fits: Enter stays"
        await play.press("backspace", "enter")
        await play.settle()
        assert commits(play) == [("people", "05")]


async def test_no_line_moves_when_the_cursor_does() -> None:
    form = IntakeForm()
    async with staged(form, size=(58, 24)) as play:
        form.show(gallery_form())
        form.go_to("memo")
        last = next(y for y, line in enumerate(play.lines()) if "备注" in line)
        for _ in range(9):
            await play.press("up")
            assert "备注" in play.lines()[last]


async def test_pages_ask_for_steps_and_commit_first() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME))
        await play.press("a", "pagedown", "pageup")
        await play.settle()
        assert len(play.said(IntakeForm.StepRequested)) == 1, "the second key waits for the answer to the first"
        form.resume()
        await play.settle()
        kinds = [type(m) for m in play.heard if isinstance(m, IntakeForm.Committed | IntakeForm.StepRequested)]
        assert kinds == [IntakeForm.Committed, IntakeForm.StepRequested, IntakeForm.StepRequested]
        assert [message.delta for message in play.said(IntakeForm.StepRequested)] == [1, -1]


async def test_typing_replaces_what_is_right_and_mends_what_is_wrong() -> None:
    right = FieldView("right", "号牌", "text", "沪A00001", mark="done")
    wrong = FieldView("wrong", "号码", "text", "31000019", mark="error")
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(right, wrong, at="right"))
        await play.press("x", "down", "0", "down")
        await play.settle()
        assert [(message.key, message.text) for message in play.said(IntakeForm.Committed)] == [
            ("right", "x"),
            ("wrong", "310000190"),
        ]


async def test_keys_behind_the_last_field_wait_for_what_is_shown_next() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(FieldView("first", "一", "text")))
        await play.press("a", "enter", "b", "c")
        await play.settle()
        assert [message.text for message in play.said(IntakeForm.Committed)] == ["a"]
        form.show(replace(view(FieldView("second", "二", "text")), id="next"))
        form.resume()
        form.commit()
        await play.settle()
        assert [(m.key, m.text) for m in play.said(IntakeForm.Committed)] == [("first", "a"), ("second", "bc")]


async def test_a_paste_is_joined_cleaned_cut_and_stays_in_its_field() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(MEMO, NAME, at="memo"))
        form.post_message(events.Paste("\n一\x1b[2J\r\n二\u202e\n三四五六七八九十"))
        await play.settle()
        assert form.active == "memo"
        assert commits(play) == []
        [cut] = play.said(IntakeForm.Cut)
        assert (cut.key, cut.limit) == ("memo", 10)
        await play.press("enter")
        await play.settle()
        [(_, words)] = commits(play)
        assert len(words) == 10
        assert "\x1b" not in words
        assert "\u202e" not in words
        assert words.startswith("一")


async def test_typing_is_announced_and_the_caret_is_where_it_is() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        form.show(view(NAME))
        x, y = play.pilot.app.cursor_position
        await play.press("张", "a")
        assert play.pilot.app.cursor_position == (x + 3, y)
        await play.press("left", "left")
        assert play.pilot.app.cursor_position == (x, y)
        assert [message.text for message in play.said(IntakeForm.Typing)] == ["张", "张a"]
        assert form.check_consume_key("a", "a")


async def test_many_fields_scroll_with_the_cursor_in_sight() -> None:
    form, line = IntakeForm(), MessageLine()
    fields = tuple(FieldView(f"f{n}", f"第{n}项", "text", heading="组" if n % 5 == 0 else "") for n in range(40))
    async with staged(form, line, size=(50, 12)) as play:
        form.show(view(*fields))
        assert "↓" in play.lines()[0]
        for n in (39, 20, 0, 7):
            form.go_to(f"f{n}")
            assert any(f"›第{n}项" in row for row in play.lines())
            assert play.pilot.app.cursor_position.y < 10
        await play.settle()


async def test_nothing_breaks_the_frame() -> None:
    nasty = ("[/]", "\x1b[2J", "a\u202eb", "x" * 10_000, "很长的中文" * 50, "👨‍👩‍👧é́́́́́́")
    fields = tuple(FieldView(f"f{n}", words, "text", words, note=words, mark="error") for n, words in enumerate(nasty))
    choices = tuple(Choice(str(n), words) for n, words in enumerate(nasty))
    form = IntakeForm()
    for width in (40, 58):
        form = IntakeForm()
        async with staged(form, size=(width, 20)) as play:
            form.show(view(*fields, FieldView("c", "选", "choice", choices=choices)))
            for key in ("f0", "f3", "f5", "c"):
                form.go_to(key)
                for row in play.lines(form):
                    assert cells(row) == width
                    assert row[0] in "┌│└"
                    assert row[-1] in "┐│┘"
                    assert row.isprintable()


async def test_an_empty_and_a_fixed_form_take_keys_calmly() -> None:
    form = IntakeForm()
    async with staged(form) as play:
        await play.press("a", "enter", "down", "left", "1")
        form.show(view(BORN))
        form.resume()
        await play.press("a", "enter", "up", "backspace")
        await play.settle()
        form.resume()
        assert form.active == ""
        assert len(play.said(IntakeForm.EndReached)) == 2
