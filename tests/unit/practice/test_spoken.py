"""What a rule says of no case: no place of a text is left open."""

from __future__ import annotations

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.sources import spoken


def test_every_place_of_every_prompt_is_named() -> None:
    index = Index(load())
    for service in index.catalog.services:
        for prompt in (*service.prompts, *index.catalog.prompts):
            said = spoken(index, service.id, prompt.text)
            for text, template in ((said.zh, prompt.text.zh), (said.en, prompt.text.en)):
                assert text.count("…") == template.count("…"), prompt.id
                assert "{" not in text, prompt.id
