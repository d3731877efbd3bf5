"""What an endpoint may ask for: an action of a role, or one of these."""

from __future__ import annotations

from enum import StrEnum

from crm.domain.access import Action


class Open(StrEnum):
    """Rules that are not an action of a role."""

    PUBLIC = "public"
    """anybody, before the login too"""
    FORM = "form"
    """anybody, also without cookies: what he sends uses nobody's rights, and carries a token that the view checks"""
    SELF = "self"
    """anybody who is logged in, about himself"""
    MACHINE = "machine"
    """this machine's own services, with the shared token"""


Rule = Open | Action
