"""The policy library: what is in it, what finds it, in which order."""

from __future__ import annotations

import random
from functools import cache

import pytest

from counterdesk.catalog.index import Index
from counterdesk.catalog.library import Library
from counterdesk.catalog.load import load
from counterdesk.catalog.model import Prompt
from counterdesk.catalog.pinyin import fold
from counterdesk.catalog.sentences import Language


@cache
def library() -> Library:
    """The library of the shipped catalogue."""
    return Library(Index(load()))


def _texts(language: Language) -> dict[str, list[str]]:
    """Everything that a passage says, by its id."""
    found = {}
    for passage in library().passages:
        lines = [passage.name.zh if language == "zh" else passage.name.en]
        for entry in passage.entries:
            lines += [
                library().text(entry, language),
                library().condition(entry, language),
                library().note(entry, language),
            ]
        found[passage.id] = lines
    return found


def test_every_two_character_word_of_every_passage_is_found() -> None:
    everything = len(library().passages)
    chosen = random.Random(7)
    for passage, lines in _texts("zh").items():
        words = {
            line[at : at + 2]
            for line in lines
            for at in range(len(line) - 1)
            if all("一" <= char <= "鿿" for char in line[at : at + 2])
        }
        for word in chosen.sample(sorted(words), min(len(words), 25)):
            assert passage in {hit.passage.id for hit in library().search(word, "zh", everything)}, (passage, word)


def test_one_character_is_a_word() -> None:
    everything = len(library().passages)
    for passage, lines in _texts("zh").items():
        char = next(char for char in "".join(lines) if "一" <= char <= "鿿")
        assert passage in {hit.passage.id for hit in library().search(char, "zh", everything)}


def test_nothing_is_found_that_does_not_hold_every_word() -> None:
    texts = {name: fold("\n".join(lines)) for name, lines in _texts("zh").items()}
    for query in ("监护人 同意", "护照 丢失", "身份证 16周岁"):
        found = library().search(query, "zh", 1000)
        assert found
        for hit in found:
            if hit.entry < 0 or hit.passage.entries[hit.entry].kind == "prompt":
                assert all(word in texts[hit.passage.id] for word in query.split())
    assert library().search("监护 无此词语", "zh") == ()
    assert library().search("  ", "zh") == ()


def test_english_is_found_in_any_case_and_width() -> None:
    plain = library().search("guardian", "en")
    assert plain
    assert [h.passage.id for h in plain] == [h.passage.id for h in library().search("GUARDIAN", "en")]
    assert [h.passage.id for h in plain] == [h.passage.id for h in library().search("Guardian", "en")]
    assert library().search("guardian", "zh") == ()


def test_titles_come_first_and_shorter_ones_before_longer() -> None:
    hits = library().search("出生", "zh", 1000)
    in_title = ["出生" in fold(hit.passage.name.zh) for hit in hits]
    assert in_title[0]
    assert in_title == sorted(in_title, reverse=True)
    titles = [len(fold(hit.passage.name.zh)) for hit in hits if hit.entry < 0]
    assert titles == sorted(titles)


def test_a_hit_in_the_texts_brings_the_line_that_holds_the_words() -> None:
    for query in ("监护", "指纹", "期限"):
        for hit in library().search(query, "zh", 1000):
            if hit.entry >= 0:
                assert query in hit.line
            else:
                assert query in hit.passage.name.zh
                assert hit.line == ""


def test_limit_cuts_the_end() -> None:
    assert library().search("人", "zh", 5) == library().search("人", "zh", 500)[:5]


def test_every_prompt_leads_to_its_bases_and_they_to_it() -> None:
    index = library().index
    rows = [("", prompt) for prompt in index.catalog.prompts]
    rows += [(service.id, prompt) for service in index.catalog.services for prompt in service.prompts]
    for service, prompt in rows:
        passages = library().of_prompt(service, prompt.id)
        assert len(passages) == len(set(prompt.basis)), (service, prompt.id)
        for passage in passages:
            assert any(entry.item is prompt for entry in passage.entries)
            assert library().passage(passage.id) is passage
    assert library().of_prompt("hukou.birth", "no such prompt") == ()


def test_a_shared_prompt_is_found_from_any_service() -> None:
    shared = library().index.catalog.prompts[0]
    assert library().of_prompt("hukou.birth", shared.id) == library().of_prompt("", shared.id) != ()
    entry = library().prompt("hukou.birth", shared.id)
    assert entry is not None
    assert entry.service == ""
    assert entry.item is shared


def test_a_law_that_several_services_name_is_one_passage() -> None:
    names = [passage.name.zh for passage in library().passages if passage.kind == "basis"]
    assert len(names) == len(set(names))
    several = [p for p in library().passages if p.kind == "basis" and len({e.service for e in p.entries}) > 1]
    assert several


def test_a_service_has_all_its_own_texts() -> None:
    for service in library().index.catalog.services:
        passage = library().find(f"service:{service.id}")
        assert passage is not None
        items = [entry.item for entry in passage.entries]
        for row in (*service.who, *service.variants, *service.materials, *service.fees, *service.limits):
            assert any(item is row for item in items)
        for prompt in service.prompts:
            if not prompt.basis:
                assert any(item is prompt for item in items)


def test_a_service_that_the_station_does_not_offer_is_not_in_it() -> None:
    import msgspec

    catalog = msgspec.structs.replace(load(), disabled=("hukou.birth",))
    without = Library(Index(catalog))
    assert without.find("service:hukou.birth") is None
    assert all(entry.service != "hukou.birth" for passage in without.passages for entry in passage.entries)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_has_words_in_both_languages(language: Language) -> None:
    for passage in library().passages:
        for entry in passage.entries:
            assert library().text(entry, language).strip()
            if isinstance(entry.item, Prompt):
                assert "{" not in library().text(entry, language)
