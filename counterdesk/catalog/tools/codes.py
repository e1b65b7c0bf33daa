"""The codes of `counterdesk catalog check`, stable: what each says in Chinese and in English."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, tuple[str, str]]] = {
    "S01": ("没有这个键,或文件不是TOML", "a key that the model does not know, or a file that is no TOML"),
    "S02": ("缺少必填的键", "a key that the model wants is missing"),
    "S03": ("值的类型不对", "a value that is not of the model's type"),
    "S04": ("编号重复", "the same id twice"),
    "S05": ("编号不合格式,或与系统词重名", "an id that is not of its pattern, or that is a word of the system"),
    "S06": ("已发布的编号被删除或改作他用", "an id of the released catalogue that is gone or means something else now"),
    "S07": ("文字过长,栏里放不下", "a text too long for its pane"),
    "S08": ("文字为空或是占位", "an empty text or a placeholder"),
    "S09": (
        "编号或条件里有全角字符,或文件不是UTF-8",
        "full-width characters in an id or condition, or a file not in UTF-8",
    ),
    "S10": ("文件过大", "a file over the size limit"),
    "S11": ("本站层改了不许改的内容", "a station layer that touches what a station may not"),
    "R01": ("引用的内容不存在", "a reference to something that does not exist"),
    "R02": ("没有被用到", "something that nothing uses"),
    "R04": ("名称或别名与别的事项相同", "a name or alias that another service has, or that is said twice"),
    "R05": ("名称里的字没有读音", "a character in a name without a reading"),
    "R06": ("字段互相依赖成环", "facts that depend on each other in a circle"),
    "R07": ("是否要问取决于后面才问的字段", "whether to ask depends on something that is asked later"),
    "R08": ("渠道的条件永远不成立", "a channel whose condition never holds"),
    "E01": ("条件语法错误", "a condition that cannot be parsed"),
    "E02": ("条件语言里没有这个写法", "something that the language does not have"),
    "E03": ("没有这个函数", "an unknown function"),
    "E04": ("类型不能比较,或不在选项中", "kinds that do not go together, or a code that is no option"),
    "E05": ("永远为真", "always true"),
    "E06": ("永远为假", "never true"),
    "E07": ("因字段须问的条件而永远为假", "never true as long as its facts are relevant"),
    "E08": ("条件过长或过深", "a condition too long or too deep"),
    "E09": ("重复", "the same condition said twice"),
    "E10": ("对可能不须问的字段用 not 或 !=", "not or != over a fact that may be not relevant"),
    "E11": ("事项的条件为空,应写 true 或 false", "an empty condition of a service: write true or false"),
    "E12": ("字段类型、选项或默认值不对", "a field type, an option list or a default that is not right"),
    "P01": ("提示文字里的空位无人填写", "a place in a prompt that nothing fills, or a parameter without a place"),
    "T01": ("表有缺口:有的情形没有任何一行适用", "a gap: a case or a day that no row covers"),
    "T02": ("表有重叠:两行同时适用且结果不同", "an overlap: two rows hold at once"),
    "T03": ("这一行永远轮不到", "a row that is never reached"),
    "T04": ("材料是否必需前后矛盾", "a material that is optional here and needed there"),
    "T05": ("任选其一的组只有一种材料,或全是可选", "a choice of one, or of optional materials only"),
    "D01": ("没有依据", "no legal basis"),
    "D02": ("依据已经失效", "a basis that has ended"),
    "D03": ("工作日历缺这一年,期限算不出", "a year that the working-day calendar lacks: its deadlines are unknown"),
    "D04": ("超过复核期限", "not read against the law for more than a year"),
    "D05": ("承诺期限长于法定期限", "a promised limit longer than the statutory one"),
    "D06": ("有效期颠倒或重叠", "a range of days that is reversed, or two rows for the same thing on one day"),
    "L01": ("没有事项由这个部门决定", "a department that decides nothing"),
    "L02": ("没有决定部门", "a service that nobody decides"),
    "L03": ("办理方式与决定表不一致", "a mode that the decisions contradict"),
    "L04": ("没有这个角色", "a role that nobody has"),
    "L05": ("这一类或这一队没有事项", "a category or queue group without a service"),
    "L06": ("关联办理指向自身或重复", "a bundle that offers the service itself, or one twice"),
    "L07": ("移交的事项没有期限", "a service that is handed over without a clock"),
    "C01": ("没有场景使其为真", "never true in any scenario"),
    "C02": ("没有场景使其为假", "never false in any scenario"),
    "C03": ("没有场景使其未知", "never unknown in any scenario"),
    "C04": ("事项没有场景", "a service without scenarios"),
    "C05": ("条件的这一部分从未起过作用", "a part of a condition that never made the difference"),
}


def meaning(code: str, language: str) -> str:
    """What a code says, in "zh" or "en"."""
    return CODES[code][0 if language == "zh" else 1]
