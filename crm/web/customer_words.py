"""The words that people read about customers: their data, consent, needs, plans, activities, what happened."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _now
from flask_babel import lazy_gettext as _

from crm.web import refusal_words
from crm.web.words import Words, word

GRADES: Words = {"": _("Ordinary"), "important": _("Important"), "vip": _("VIP")}
VULNERABILITIES: Words = {
    "disability": _("Lives with a disability"),
    "illness": _("Seriously ill"),
    "minor": _("Under age"),
    "low_income": _("Lives on very little"),
    "reading": _("Cannot read well, or not this language"),
    "distress": _("In distress: bereaved, defrauded, in despair"),
}
CHANNELS: Words = {"phone": _("Telephone"), "sms": _("Text message"), "email": _("E-mail"), "letter": _("Letter")}
NUMBER_KINDS: Words = {
    "": _("Not known"),
    "mobile": _("Mobile"),
    "home": _("At home"),
    "work": _("At work"),
    "other": _("Other"),
}
CONTACT_KINDS: Words = {
    "email": _("E-mail"),
    "wechat": _("WeChat"),
    "weibo": _("Weibo"),
    "qq": _("QQ"),
    "app": _("App user"),
    "community": _("Community user"),
    "post": _("Postal address"),
}
ID_KINDS: Words = {
    "": _("None"),
    "id_card": _("Identity card"),
    "passport": _("Passport"),
    "other": _("Other document"),
}
INCOMES: Words = {
    "": _("Not known"),
    "under_5": _("Under 50,000 yuan a year"),
    "5_to_10": _("50,000 to 100,000 yuan"),
    "10_to_30": _("100,000 to 300,000 yuan"),
    "30_to_50": _("300,000 to 500,000 yuan"),
    "50_to_100": _("500,000 to 1,000,000 yuan"),
    "over_100": _("Over 1,000,000 yuan"),
}
PURPOSES: Words = {
    "marketing_phone": _("Offers by telephone"),
    "marketing_sms": _("Offers by text message"),
    "marketing_email": _("Offers by e-mail"),
    "activities": _("Invitations to lectures and salons"),
    "sensitive_data": _("Work on sensitive personal information"),
    "sharing": _("Data given to partners"),
    "profiling": _("Judged by machines"),
    "evening_calls": _("Calls in the quiet hours"),
}
FIELDS: Words = {
    "name": _("Name"),
    "user_name": _("User name"),
    "id_kind": _("Document"),
    "id_number": _("Number of the document"),
    "born_on": _("Born on"),
    "address": _("Address"),
    "occupation": _("Occupation"),
    "income": _("Income"),
    "remarks": _("Remarks"),
    "grade": _("Grade"),
    "elderly": _("Elderly"),
    "vulnerable": _("Needs more care"),
    "language": _("Language"),
    "preferred_channel": _("Wants to be told by"),
    "preferred_time": _("Best reached"),
    "numbers": _("Telephone numbers"),
    "preferred_number": _("Number to call first"),
    **{f"contact_{kind}": said for kind, said in CONTACT_KINDS.items()},
}
REASONS: Words = {
    "contact": _("To call or write to the customer"),
    "verify": _("To make sure who it is"),
    "correct": _("To correct what is written down"),
    "case": _("To handle the matter"),
    "authority": _("An authority or a court asks"),
    "other": _("Another reason"),
}
PRODUCTS: Words = {
    "deposit": _("Deposits"),
    "money_fund": _("Money-market funds"),
    "bond_fund": _("Bond funds"),
    "wealth": _("Wealth-management products"),
    "mixed_fund": _("Mixed funds"),
    "stock_fund": _("Equity funds"),
    "gold": _("Gold"),
    "insurance": _("Insurance"),
    "card": _("Credit cards"),
    "loan": _("Loans"),
}
PREFERENCES: Words = {
    "": _("Not known"),
    "preserve": _("Keep what is there"),
    "income": _("Steady income"),
    "balance": _("Between income and growth"),
    "growth": _("Growth"),
}
LIQUIDITIES: Words = {
    "": _("Not known"),
    "any_day": _("Any day"),
    "month": _("Within a month"),
    "year": _("Within a year"),
    "later": _("Later"),
}
HORIZONS: Words = {
    "": _("Not known"),
    "under_1": _("Under a year"),
    "1_to_3": _("One to three years"),
    "3_to_5": _("Three to five years"),
    "over_5": _("Over five years"),
}
ADVICE_KINDS: Words = {
    "consultation": _("Financial advice"),
    "planning": _("Investment planning"),
    "allocation": _("Asset allocation"),
    "risk": _("Talk about risk"),
}
SERVICES: Words = {
    "manager": _("A manager of his own"),
    "direct_line": _("A direct line"),
    "visits": _("Regular visits"),
    "review": _("His mix gone through with him"),
    "salons": _("Lectures and salons"),
    "reminders": _("Reminders of what falls due"),
    "home_service": _("Service at home"),
    "large_print": _("Letters in large print"),
    "family_contact": _("Somebody he trusts is told as well"),
}
LEVELS: Words = {
    "C1": _("C1: careful"),
    "C2": _("C2: steady"),
    "C3": _("C3: balanced"),
    "C4": _("C4: ready for growth"),
    "C5": _("C5: ready for risk"),
}
PLAN_STATES: Words = {
    "draft": _("Draft"),
    "agreed": _("Agreed with the customer"),
    "ended": _("Ended"),
    "replaced": _("Replaced"),
}
CAUTIONS: Words = {
    "little_ready_money": _("Less ready money than the customer may need."),
    "one_basket": _("More than 70 in one kind of product."),
}
ACTIVITY_KINDS: Words = {
    "lecture": _("Financial lecture"),
    "salon": _("Investment salon"),
    "course": _("Course"),
    "promotion": _("Promotion"),
    "education": _("Consumer education"),
}
TOPICS: Words = {
    "market": _("Markets"),
    "funds": _("Funds"),
    "insurance": _("Insurance"),
    "pension": _("Old age provision"),
    "fraud": _("Fraud and safe use"),
    "cards": _("Cards and instalments"),
    "loans": _("Loans and interest"),
    "fees": _("Fees"),
    "data": _("Personal data"),
    "rights": _("Consumers’ rights and how to complain"),
    "risk": _("Risk and return"),
}
ACTIVITY_STATES: Words = {"planned": _("Planned"), "held": _("Held"), "cancelled": _("Called off")}
GUEST_STATES: Words = {
    "invited": _("Invited"),
    "registered": _("Signed up"),
    "declined": _("Declined"),
    "attended": _("Came"),
    "absent": _("Did not come"),
}
ABOUTS: Words = {"process": _("Our way of working"), "product": _("A product")}
PROCESS: Words = {
    "waiting": _("Waiting times"),
    "menu": _("The telephone menu"),
    "attitude": _("Attitude of staff"),
    "competence": _("Competence of staff"),
    "clarity": _("Clear answers"),
    "speed": _("Speed of handling"),
    "outcome": _("The outcome"),
    "branch": _("Branches"),
    "app": _("App and website"),
    "forms": _("Forms and papers"),
}
FEEDBACK_STATES: Words = {"new": _("New"), "passed": _("Passed on"), "answered": _("Feedback answered")}
ENTRIES: Words = {
    "call": _("Call"),
    "ticket": _("Ticket"),
    "call_out": _("Call to the customer"),
    "message": _("Message"),
    "visit": _("Return visit"),
    "consent": _("Consent"),
    "change": _("Data changed"),
    "feedback": _("Feedback"),
    "advice": _("Talk about money"),
    "assessment": _("Risk assessment"),
    "plan": _("Personal plan"),
    "activity": _("Activity"),
    "merge": _("Merged with a double"),
}
SHARED: Words = {
    "number": _("telephone number"),
    "name": _("name"),
    "sound": _("sound of the name"),
    "id_number": _("number of the document"),
    "user_name": _("user name"),
    "contact": _("address of a channel"),
    "born_on": _("birthday"),
}
QUESTIONS: Mapping[str, tuple[object, tuple[object, ...]]] = {
    "age": (_("How old are you?"), (_("Under 35"), _("35 to 50"), _("51 to 64"), _("65 or older"))),
    "income": (
        _("What does your household earn in a year?"),
        (_("Under 50,000 yuan"), _("50,000 to 200,000"), _("200,000 to 1,000,000"), _("Over 1,000,000")),
    ),
    "share": (
        _("How much of your savings will this be?"),
        (_("Under a tenth"), _("A tenth to a quarter"), _("A quarter to a half"), _("More than half")),
    ),
    "experience": (
        _("What have you invested in so far?"),
        (_("Deposits only"), _("Money-market and bond funds"), _("Mixed funds"), _("Shares, equity funds, futures")),
    ),
    "knowledge": (
        _("How well do you know such products?"),
        (_("Not at all"), _("A little"), _("Well"), _("By profession")),
    ),
    "horizon": (
        _("How long can you do without the money?"),
        (_("Under a year"), _("One to three years"), _("Three to five years"), _("Over five years")),
    ),
    "aim": (
        _("What is the money for?"),
        (_("To keep what is there"), _("Steady income"), _("Income and some growth"), _("Much growth")),
    ),
    "loss": (
        _("What loss can you bear in a year?"),
        (_("None"), _("Up to 10 in 100"), _("Up to 30 in 100"), _("More")),
    ),
    "fall": (
        _("Your investment falls by 20 in 100. What do you do?"),
        (_("Sell all: I cannot bear it"), _("Sell some"), _("Wait"), _("Buy more")),
    ),
    "need": (
        _("May you need this money suddenly?"),
        (_("Very likely"), _("Perhaps"), _("Hardly"), _("No")),
    ),
}
"""Question → its words and those of its answers, in the order of crm.domain.wealth."""

TABLES: Mapping[str, Words] = {
    "grades": GRADES,
    "vulnerabilities": VULNERABILITIES,
    "channels": CHANNELS,
    "number_kinds": NUMBER_KINDS,
    "contact_kinds": CONTACT_KINDS,
    "id_kinds": ID_KINDS,
    "incomes": INCOMES,
    "purposes": PURPOSES,
    "fields": FIELDS,
    "reasons": REASONS,
    "products": PRODUCTS,
    "preferences": PREFERENCES,
    "liquidities": LIQUIDITIES,
    "horizons": HORIZONS,
    "advice_kinds": ADVICE_KINDS,
    "services": SERVICES,
    "levels": LEVELS,
    "plan_states": PLAN_STATES,
    "cautions": CAUTIONS,
    "activity_kinds": ACTIVITY_KINDS,
    "topics": TOPICS,
    "activity_states": ACTIVITY_STATES,
    "guest_states": GUEST_STATES,
    "abouts": ABOUTS,
    "subjects": {**PROCESS, **PRODUCTS},
    "feedback_states": FEEDBACK_STATES,
    "entries": ENTRIES,
    "shared": SHARED,
}
TONES: Mapping[str, str] = {
    "vip": "open", "important": "busy", "draft": "busy", "agreed": "good", "ended": "quiet", "replaced": "quiet",
    "planned": "open", "held": "good", "cancelled": "quiet", "invited": "open", "registered": "busy",
    "declined": "quiet", "attended": "good", "absent": "quiet", "new": "open", "passed": "busy", "answered": "good",
}  # fmt: skip

WHYS: Words = {
    "name: a customer has a name or a number": _("A customer has a name or a number."),
    "name: must have at most 100 characters": _("The name is too long."),
    "id_kind: say what kind of document it is": _("Say what kind of document it is."),
    "id_number: is not the number of an identity card": _(
        "This is not the number of an identity card. Look at it once more."
    ),
    "id_number: must have 4 to 30 letters and digits": _("The number of the document has 4 to 30 letters and digits."),
    "born_on: is another day than the identity card says": _("The identity card names another birthday."),
    "born_on: must be a date": _("The birthday must be a date."),
    "born_on: must lie within the last 130 years": _("The birthday must lie in the past."),
    "number: must have 3 to 20 digits": _("A number has 3 to 20 digits."),
    "the customer has this number already": _("The customer has this number already."),
    "somebody has this number already; look for him first": _(
        "Somebody has this number already. Search for it: it may be the same person."
    ),
    "address: is not an e-mail address": _("This is not an e-mail address."),
    "address: is not a QQ number": _("This is not a QQ number."),
    "address: is empty or too long": _("The address is empty or too long."),
    "the customer has this address already": _("The customer has this address already."),
    "this customer was changed meanwhile": _("Somebody changed this customer while you were writing. Look again."),
    "reason: say what it is needed for": _("Say what it is needed for."),
    "words: say in words what it is needed for": _("Say in words what it is needed for."),
    "reason: say why, in 4 to 400 characters": _("Say why, in 4 to 400 characters."),
    "merged_id: is the same customer": _("This is the same customer."),
    "one of the two was merged already": _("One of the two was merged already."),
    "this merge was undone already": _("This merge was undone already."),
    "a later merge stands on this one; undo that one first": _(
        "A later merge stands on this one. Undo that one first."
    ),
    "product: is riskier than this customer can bear; nobody may advise it to him": _(
        "This product is riskier than the customer can bear. Nobody may advise it to him."
    ),
    "mix: holds more risk than this customer can bear": _("The mix holds more risk than the customer can bear."),
    "mix: must make 100 together": _("The shares must make 100 together."),
    "mix: names a product twice": _("A product is named twice."),
    "mix: has a share that is not 1 to 100": _("Each share is 1 to 100."),
    "mix: a plan has products or services": _("A plan has products or services."),
    "manager: is nobody who works here": _("Nobody of this user name works here."),
    "review_on: must lie ahead, within two years": _("The review must lie ahead, within two years."),
    "visit_days: must be 1 to 730": _("Days between visits: 1 to 730."),
    "only a draft can be agreed to": _("Only a draft can be agreed to."),
    "this plan has ended already": _("This plan has ended already."),
    "customer_id: has not agreed to be invited": _(
        "The customer has not agreed to be invited. Ask for the consent first."
    ),
    "this customer is invited already": _("This customer is invited already."),
    "there is no such customer": _("There is no such customer that you may see."),
    "there is no seat left": _("There is no seat left."),
    "it has not begun yet": _("It has not begun yet."),
    "this activity is over": _("This activity is over."),
    "a guest cannot go from there to here": _("That does not follow from what is written down of this guest."),
    "starts_at: must lie ahead": _("It must begin in the future."),
    "starts_at: must be a date and a time": _("Say when it begins: date and time."),
    "place: say where, or that it is online": _("Say where it is, or that it is online."),
    "title: must have 1 to 120 characters": _("The title has 1 to 120 characters."),
    "text: must have 1 to 2000 characters": _("Write down what was said, at most 2000 characters."),
    "text: write what he said, at most 2000 characters": _("Write down what the customer said, or choose a mark."),
    "until: must lie ahead, within ten years": _("The end must lie ahead, within ten years."),
    "answer: must have 1 to 2000 characters": _("Write what came of it."),
    "this feedback is answered already": _("This feedback is answered already."),
    "there is no number, or none that you may reveal": _(
        "There is no number, or you may not see it now. Agents see it while they speak with the customer."
    ),
    "your role does not allow this": _("Your role does not allow this."),
}
"""What the services answer, in the language of the screen."""


def said(table: str, code: str | None) -> str:
    """What people read for a code."""
    return word(TABLES[table], code or "")


def sentence(error: Exception) -> str:
    """What a person reads when a service refused; an answer without words here says which field it is about."""
    found = WHYS.get(str(error))
    if found is not None:
        return str(found)
    name, _colon, rest = str(error).partition(":")
    if name in QUESTIONS and rest == " choose one of the answers":
        return str(_now("Answer every question."))
    if name in FIELDS or name in SHARED:
        return str(_now("“%(field)s” cannot be used as it is.", field=word(FIELDS, name)))
    return refusal_words.plain(error)
