"""What a phrase of a call can tell (pure)."""

from __future__ import annotations

from enum import StrEnum


class Cue(StrEnum):
    """What a phrase tells."""

    GREETING = "greeting"
    NUMBER = "number"
    NOTICE = "notice"
    IDENTITY = "identity"
    NAME = "name"
    NEED = "need"
    EMPATHY = "empathy"
    HOLD = "hold"
    THANKS = "thanks"
    READ_BACK = "read_back"
    TIME_TOLD = "time_told"
    NUMBER_TOLD = "number_told"
    REMEDIES = "remedies"
    CALMING = "calming"
    OTHER_NEED = "other_need"
    SURVEY = "survey"
    GOODBYE = "goodbye"
    PROMISE = "promise"
    ASSURANCE = "assurance"
    """softer than a promise: it hints at a result before there is one"""
    ASKS_SECRET = "asks_secret"  # noqa: S105  (what is asked for, not one itself)
    ABUSE = "abuse"
    REFUSES = "refuses"
    STEERS = "steers"
    THREATENS = "threatens"
    DODGES = "dodges"
    DISCLOSES = "discloses"
    ACTS_ON_LOSS = "acts_on_loss"
    HEAT = "heat"
    """by the caller: his patience is at its end"""
    COMPLAINS = "complains"
    """by the caller"""
    LOSS = "loss"
    """by the caller: a card is lost, money is gone"""
