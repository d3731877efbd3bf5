"""Phrases of calls in English, by what they tell (pure data). How they are written: ``crm.domain.spoken.Phrase``."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.quality_cues import Cue
from crm.domain.spoken import Phrase, phrases

_NOT_EN = "never|do not|don't|will not|won't|not to|no one|nobody|cannot|can't|no need"

CUES: Mapping[Cue, tuple[Phrase, ...]] = {
    Cue.GREETING: phrases(
        "en", "good morning|good afternoon|good evening|hello|hi", "thank you for calling", "welcome to"
    ),
    Cue.NUMBER: phrases(
        "en",
        "my name is",
        "staff|agent|employee|operator … number",
        "this is … speaking",
        "you're speaking|you are speaking … with|to",
    ),
    Cue.NOTICE: phrases("en", "call|conversation|line … recorded|recording", "recorded for"),
    Cue.IDENTITY: phrases(
        "en",
        "verify|confirm|check … identity|details|date of birth|name|number",
        "security questions",
        "full name",
        "date of birth",
        "may i|can i|could i … your name",
        "am i speaking … to|with",
        unless="no need|not need",
    ),
    Cue.NAME: phrases("en", "mr|mrs|ms|miss|mister|sir|madam|ma'am"),
    Cue.NEED: phrases(
        "en",
        "so you|if i understand|let me confirm|just to confirm|you'd like|you would like|do i understand",
        "you are calling|you're calling … about|because",
    ),
    Cue.EMPATHY: phrases(
        "en",
        "sorry|apologise|apologize|apologies",
        "i understand|i can understand|i see why|i can see why|i can imagine",
        "must be|must have been … frustrating|difficult|upsetting|worrying",
        "thank you … patience",
        "please don't worry|rest assured",
    ),
    Cue.HOLD: phrases(
        "en",
        "one moment|just a moment|bear with me|hold on|hold the line|"
        "please hold|one second|just a second|just a minute|one minute",
        "put you on hold|place you on hold",
        "let me|i'll|i will … check|look|pull up|find out",
        "give me … moment|second|minute|minutes",
    ),
    Cue.THANKS: phrases("en", "thank you|thanks … holding|waiting|patience"),
    Cue.READ_BACK: phrases(
        "en",
        "read … back|that back",
        "let me|i'll|i will … repeat|summarise|summarize|go over|confirm",
        "is that correct|is that right|have i got",
        "i have noted|i've noted|i have recorded|i've recorded",
    ),
    Cue.TIME_TOLD: phrases(
        "en",
        "working|business … days|day",
        "within|in … days|hours|weeks|week",
        "by … monday|tuesday|wednesday|thursday|friday|tomorrow|end of",
    ),
    Cue.NUMBER_TOLD: phrases("en", "reference|ticket|complaint|case … number", "your reference|your ticket"),
    Cue.REMEDIES: phrases(
        "en",
        "ask|apply|request … review",
        "mediation",
        "arbitration",
        "court",
        "regulator|ombudsman",
        "supervisor|manager|escalate",
        "if you are not|if you're not … satisfied|happy",
    ),
    Cue.CALMING: phrases(
        "en",
        "please don't worry|no need to worry",
        "take your time",
        "calm|let's go through",
        "i understand|i can understand|i see why|i can see why",
        "sorry|apologise|apologize",
        "i will|i'll … make sure|look after|take care",
    ),
    Cue.OTHER_NEED: phrases("en", "anything else", "any other … question|questions|help", "something else"),
    Cue.SURVEY: phrases("en", "survey", "rate … service|call|me", "feedback … call|service"),
    Cue.GOODBYE: phrases(
        "en",
        "goodbye|good bye|bye",
        "have a … day|evening|weekend|afternoon",
        "thank you for calling|thanks for calling",
    ),
    Cue.PROMISE: phrases(
        "en",
        "guarantee|promise|definitely|certainly|absolutely … refund|refunded|compensate|"
        "compensated|compensation|waive|waived|approve|approved|pay you|paid back|money back|get it back",
        "you will|you'll … get your money back|be refunded|be compensated|be paid",
        unless="cannot|can't|not|whether|if|once|after the decision|may",
    ),
    Cue.ASSURANCE: phrases(
        "en",
        "should|probably|most likely … be refunded|be approved|be waived|get it back|be fine",
        "don't worry … refund|refunded|money",
        "leave it to me",
        unless="not|cannot|can't|whether",
    ),
    Cue.ASKS_SECRET: phrases(
        "en",
        "tell me|give me|what is|what's|read me|read out|say|provide|confirm|need … password|pin|"
        "cvv|security code|one time code|one time password|verification code|three digits|sms code",
        "password|pin|cvv|security code|verification code … is|please|to me",
        unless=f"{_NOT_EN}|keypad|reset|change|key in|forgot",
    ),
    Cue.ABUSE: phrases(
        "en",
        "stupid|idiot|moron|shut up|ridiculous|get lost|are you deaf|crazy",
        "not my problem|none of my business",
        "i don't care|couldn't care less",
        "whatever you want|go ahead and complain",
        unless="i am not|i'm not saying|it is not|i know it",
    ),
    Cue.REFUSES: phrases(
        "en",
        "cannot|can't|won't|will not|no need to|unable to … register|take|accept|log|file … complaint",
        "complaint|complaining … pointless|won't help|will not help|no use|useless|change nothing",
        "don't|do not|shouldn't|rather not … complain",
        "withdraw|drop|cancel … complaint",
        unless="you don't|if you",
    ),
    Cue.STEERS: phrases(
        "en",
        "give|rate|score|press|choose … five|5|ten|10|top marks|full marks|highest|very satisfied|excellent",
        "good|high|positive … rating|score|survey",
        unless="to|or|between|whether|from",
    ),
    Cue.THREATENS: phrases(
        "en",
        "or else|otherwise … sue|court|police|credit|family|employer",
        "you will regret|you'll regret",
        "we know where",
        "tell|call|inform … your family|your employer|your boss",
        "watch yourself|be careful what",
    ),
    Cue.DODGES: phrases(
        "en",
        "my own|my private|my personal … phone|number|mobile|email",
        "call me|text me|message me … private|personal|mobile|whatsapp|wechat",
        "stop|turn off|switch off … recording",
        "off the record",
        unless="never|not",
    ),
    Cue.DISCLOSES: phrases(
        "en",
        "your balance|your statement|available balance|outstanding balance|amount due|credit limit … is|of|was",
        "your address|your phone number|your account number|date of birth … is|was",
        "last|latest|most recent … transaction|payment|purchase … was|is|at",
        unless="may i|can you|could you|what is|please|confirm|verify",
    ),
    Cue.ACTS_ON_LOSS: phrases(
        "en",
        "block|blocked|freeze|frozen|cancel|cancelled|stopped|suspend|suspended",
        "report … lost|stolen|loss|fraud",
        "fraud team|fraud department|loss report",
        "police",
    ),
    Cue.HEAT: phrases(
        "en",
        "angry|furious|unacceptable|cheated|outrageous|ridiculous|disgusted",
        "lawyer|sue|newspaper|regulator|ombudsman|compensation",
        "fed up|sick of|had enough",
        "how dare",
    ),
    Cue.COMPLAINS: phrases(
        "en", "complaint|complain", "speak|talk … manager|supervisor", unless="not a|don't want|no complaint"
    ),
    Cue.LOSS: phrases(
        "en",
        "lost|stolen|missing … card|wallet|purse",
        "card|wallet|purse … lost|stolen|missing|gone",
        "fraud|scam|scammed|defrauded|hacked",
        "didn't make|did not make|never made|not mine … transaction|payment|purchase|it",
        unless="already reported|already blocked|found",
    ),
}
