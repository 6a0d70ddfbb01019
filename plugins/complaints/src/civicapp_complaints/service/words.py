"""What actions, states and outcomes are called: messages of the plugin's gettext domain."""

from collections.abc import Mapping
from types import MappingProxyType

from civicapp import N_

STATES: Mapping[str, str] = MappingProxyType(
    {
        "received": N_("Received"),
        "routed": N_("Sent to the office"),
        "in_progress": N_("In progress"),
        "scheduled": N_("Date promised"),
        "waiting_reporter": N_("Waiting for the reporter's answer"),
        "handed_over": N_("Handed over"),
        "resolved": N_("Done, waiting for confirmation"),
        "closed": N_("Closed"),
    }
)
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "fixed": N_("Fixed"),
        "answered": N_("Answered"),
        "no_action": N_("Closed without action"),
        "rejected": N_("Rejected"),
        "duplicate": N_("Merged with another report"),
        "withdrawn": N_("Withdrawn"),
        "no_reply": N_("Closed, no answer came"),
    }
)
# What a timeline says that happened.
HAPPENED: Mapping[str, str] = MappingProxyType(
    {
        "submit": N_("Report received"),
        "route": N_("Sent to the responsible office"),
        "return": N_("Returned to the desk"),
        "reassign": N_("Sent to another office"),
        "accept": N_("The office has taken it on"),
        "ask": N_("Question to the reporter"),
        "answer": N_("Answer of the reporter"),
        "expire_ask": N_("Closed, because no answer came"),
        "schedule": N_("A date was promised"),
        "start": N_("Work has begun"),
        "hand_over": N_("Handed over to another body"),
        "take_back": N_("Taken back from the other body"),
        "resolve": N_("The office says it is done"),
        "send_back": N_("Sent back: not done yet"),
        "dispute": N_("The reporter says it is not done"),
        "confirm": N_("Confirmed: it is done"),
        "auto_close": N_("Closed, because nobody objected"),
        "reject": N_("Rejected"),
        "no_action": N_("Closed without action"),
        "merge": N_("Merged with another report"),
        "unmerge": N_("Separated from the other report"),
        "withdraw": N_("Withdrawn by the reporter"),
        "reopen": N_("Opened again"),
        "appeal": N_("The reporter objects to the rejection"),
        "reply": N_("Reply of the office"),
        "note": N_("Internal note"),
        "add_photo": N_("Photo added"),
        "publish": N_("Approved for publication"),
        "unpublish": N_("Not approved for publication"),
        "visibility": N_("The reporter changed who may see it"),
        "photo_review": N_("Photo reviewed"),
    }
)
# What a button says.
TO_DO: Mapping[str, str] = MappingProxyType(
    {
        "route": N_("Send to an office"),
        "return": N_("Return to the desk"),
        "reassign": N_("Send to another office"),
        "accept": N_("Take it on"),
        "ask": N_("Ask the reporter"),
        "answer": N_("Answer"),
        "schedule": N_("Promise a date"),
        "start": N_("Start the work"),
        "hand_over": N_("Hand over to another body"),
        "take_back": N_("Take back"),
        "resolve": N_("Say that it is done"),
        "send_back": N_("Send back"),
        "dispute": N_("It is not done"),
        "confirm": N_("It is done"),
        "reject": N_("Reject"),
        "no_action": N_("Close without action"),
        "merge": N_("Merge with another report"),
        "unmerge": N_("Separate from the other report"),
        "withdraw": N_("Withdraw the report"),
        "reopen": N_("Open again"),
        "appeal": N_("Object to the rejection"),
        "reply": N_("Reply"),
        "note": N_("Write an internal note"),
        "add_photo": N_("Add a photo"),
        "visibility": N_("Change who may see it"),
    }
)
