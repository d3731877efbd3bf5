"""Render what changed: compare the catalogue with the manifest, order the rest from the renderer, write it down."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace

from ivr import speech
from ops.prompts import catalogue, demo, groups, pieces, sound, workshop
from ops.prompts.catalogue import Text
from ops.sip import g711

Say = Callable[[str], None]


def read_pinyin() -> None:
    """Show in the catalogue how the renderer reads each Mandarin prompt."""
    listed = catalogue.texts("zh")
    orders = [{"id": text.id, "language": "zh", "text": text.text} for text in listed.values()]
    catalogue.write_pinyin({answer["id"]: answer["pinyin"] for answer in workshop.work(orders)})


def stale(language: str, only: Collection[str] = ()) -> list[Text]:
    """The prompts whose sound is missing or was made from something else; with ``only``, those named."""
    made = catalogue.manifest(language)
    return [
        text
        for text in catalogue.texts(language).values()
        if (text.id in only if only else made.get(text.id) != text.made_from)
        or not catalogue.path_of(language, text.id).exists()
    ]


def render(language: str, texts: Collection[Text], say: Say) -> None:
    """Render the texts; each is in the manifest as soon as its sound is on the disk."""
    voice = catalogue.VOICES[language]
    made = catalogue.manifest(language)
    orders = (
        {
            "id": text.id, "language": language, "text": text.text, "voice": voice.name, "speed": voice.speed,
            "out": str(catalogue.path_of(language, text.id)),
        }
        for text in texts
    )  # fmt: skip
    waiting = {text.id: text for text in texts}
    for number, answer in enumerate(workshop.work(orders), start=1):
        text = replace(waiting[answer["id"]], pinyin=answer.get("pinyin", ""))
        made[text.id] = text.made_from
        catalogue.write_manifest(language, made)
        say(f"{language} {number}/{len(texts)} {text.id}")


def stale_pieces(language: str) -> list[pieces.Sentence]:
    """The sentences of which a piece is missing or was made from something else."""
    made = catalogue.manifest(language)
    return [
        sentence
        for sentence in pieces.sentences(language)
        if any(
            made.get(piece.id) != pieces.made_from(language, sentence)
            or not catalogue.path_of(language, piece.id).exists()
            for piece in sentence
            if piece.id
        )
    ]


def render_pieces(language: str, sentences: Collection[pieces.Sentence], say: Say) -> None:
    """Render sentences and keep their pieces."""
    made = catalogue.manifest(language)
    orders = (
        {
            "language": language, "voice": catalogue.VOICES[language].name, "speed": pieces.SPEEDS[language],
            "pieces": [vars(piece) for piece in sentence], "out": str(catalogue.AUDIO / language),
        }
        for sentence in sentences
    )  # fmt: skip
    for number, (sentence, _) in enumerate(zip(sentences, workshop.work(orders), strict=False), start=1):
        made |= {piece.id: pieces.made_from(language, sentence) for piece in sentence if piece.id}
        catalogue.write_manifest(language, made)
        say(f"{language} pieces of sentence {number}/{len(sentences)}")


def stale_groups(language: str) -> list[groups.Group]:
    """The groups of digits whose sound is missing or was made from something else."""
    made = catalogue.manifest(language)
    return [
        group
        for group in groups.groups(language)
        if made.get(group.id) != groups.made_from(language, group) or not catalogue.path_of(language, group.id).exists()
    ]


def render_groups(language: str, todo: Collection[groups.Group], say: Say) -> None:
    """Render groups; each is in the manifest as soon as its sound is on the disk."""
    made = catalogue.manifest(language)
    answers = workshop.work(groups.order(language, group) for group in todo)
    for number, (group, _) in enumerate(zip(todo, answers, strict=False), start=1):
        made[group.id] = groups.made_from(language, group)
        catalogue.write_manifest(language, made)
        say(f"{language} group {number}/{len(todo)} {group.id}")


def render_complaint(language: str) -> bool:
    """Render the complaint of the demo call if its text or voice changed; say whether it did."""
    stamp = demo.FOLDER / "manifest.json"
    made: dict[str, str] = json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    if made.get(language) == demo.made_from(language) and demo.path_of(language).exists():
        return False
    list(workshop.work([demo.order(language)]))
    made[language] = demo.made_from(language)
    stamp.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
    return True


def write_tone(language: str) -> None:
    """The tone before a recording."""
    samples = sound.tone(catalogue.TONE_HZ, catalogue.TONE_SECONDS, sound.RATE)
    catalogue.path_of(language, catalogue.TONE).write_bytes(g711.encode(samples, "alaw"))


def sweep(language: str) -> list[str]:
    """Remove the sound of prompts that the catalogue no longer has."""
    wanted = {*catalogue.texts(language), *speech.pieces(language), catalogue.TONE}
    gone = [path for path in sorted((catalogue.AUDIO / language).glob("*.alaw")) if path.stem not in wanted]
    for path in gone:
        path.unlink()
    made = catalogue.manifest(language)
    catalogue.write_manifest(language, {name: made[name] for name in made if name in wanted})
    return [path.stem for path in gone]
