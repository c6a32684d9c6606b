"""Kinds of X12 transactions, by ST01 and the guide's version, and what they are called."""

_CLAIM_GUIDES = {"098": "P", "222": "P", "096": "I", "223": "I", "097": "D", "224": "D"}
#: Guides of claim acknowledgments, which share ST01 277 with claim status responses.
_CLAIM_ACKNOWLEDGMENTS = ("214", "167", "364")

_NAMES = {
    "269": "benefit coordination verification",
    "274": "provider directories",
    "275": "claim attachments",
    "278": "authorization requests and responses",
    "820": "premium payments",
    "824": "application advices",
    "834": "enrollments",
}


def kind_of(transaction_set: str, version: str) -> str:
    """The kind by ST01 and GS08 (or ST03): 837P, 837I, 837D, 277CA, else ST01; 837 when the guide is not named."""
    guide = version.upper().partition("X")[2][:3]
    if transaction_set == "837":
        return "837" + _CLAIM_GUIDES.get(guide, "")
    if transaction_set == "277" and guide in _CLAIM_ACKNOWLEDGMENTS:
        return "277CA"
    return transaction_set or "unknown"


def not_loaded(kind: str) -> str:
    """The reason given for a kind this program does not load."""
    name = _NAMES.get(kind)
    if name:
        return f"{kind} ({name}) is recognised but not loaded yet."
    return f"Transaction set {kind[:10]} is not one this program loads (837, 835, 270, 271, 276, 277, 997, 999)."
