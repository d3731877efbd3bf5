"""What agents say who do it well, and what nobody may say: phrases by language and by what they tell (pure).

Need another? Add it to its language, with a row in ``tests/unit/crm/test_quality_findings.py``; need another language?
Add a module beside the others and name it here. Reference: domain 1.4, 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain import quality_phrases_en, quality_phrases_zh
from crm.domain.quality_cues import Cue
from crm.domain.spoken import Phrase

CUES: Mapping[str, Mapping[Cue, tuple[Phrase, ...]]] = {"zh": quality_phrases_zh.CUES, "en": quality_phrases_en.CUES}
"""A language that is not here has no phrases, and nothing is said about its calls."""


def cues(language: str, cue: Cue) -> tuple[Phrase, ...]:
    """The phrases of a cue; none for a language without lists."""
    return CUES.get(language, {}).get(cue, ())
