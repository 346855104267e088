"""What accounts say no to, in words a customer understands."""

from collections.abc import Mapping

from finance_console.kernel.errors import Refusal, speak
from finance_console.kernel.errors import gettext_noop as _

REFUSALS: Mapping[str, Refusal | str] = {
    "account_closed": _("This account is closed. Its invoices stay readable, but it cannot act."),
    "certification_unchanged": _(
        "You are certified as %(name)s already. Change something, or leave it."
    ),
    "certification_waiting": _(
        "Another certification request is being reviewed. Wait for it, or take it back first."
    ),
    "changed_since_opened": Refusal(
        _("It changed since you opened it. Nothing was done."), status=409
    ),
    "changed_since_opened_by": _(
        "It changed since you opened it: %(what)s, %(who)s, %(when)s. Nothing was done."
    ),
    "changed_meanwhile": _("Something changed since you looked. Check it and send it again."),
    "four_eyes": Refusal(_("The person who asked for it cannot also approve it."), status=403),
    "hidden_characters": _(
        "It holds characters that nobody can see: %(characters)s. Type the text again without them."
    ),
    "irreversible": _("A company cannot become an individual account again."),
    "materials_missing": Refusal(
        _("Materials are missing: add the scanned loss certificate to the ticket."),
        ticket="lost_invoice",
    ),
    "not_found": Refusal(_("It does not exist, or it belongs to another account."), status=404),
    "not_printable": _(
        "No typeface of invoices has %(characters)s. Write it with another character."
    ),
    "not_permitted": Refusal(_("Your role does not allow this."), status=403),
    "reason_required": _("Say why, so that the customer can put it right."),
    "reference_conflict": Refusal(
        _("The reference %(reference)s was already used for something else."), status=409
    ),
    "tax_id_invalid": _("%(tax_id)s is not a valid tax ID: %(problem)s."),
    "text_missing": _("Write a subject and a message first."),
    "text_too_long": _("At most %(limit)s characters. Shorten it, or put the rest into a file."),
    "too_many_attempts": Refusal(
        _("Too many wrong attempts. Wait %(minutes)s minutes, then try again."), status=429
    ),
    "too_many_files": _(
        "At most %(limit)s files at once. Leave some out, or put them into one PDF."
    ),
    "too_many_uploads": _("A day allows %(limit)s files. Wait until tomorrow, or send fewer."),
    "upload_refused": _("The file %(name)s was not accepted: %(problem)s."),
    "submission_missing": _("The form was incomplete. Nothing was done. Open the page again."),
    "submitted_already": Refusal(
        _(
            "This form was sent already, with other content. Nothing more was done. Open the page anew from the"
            " menu to send another one."
        ),
        status=409,
    ),
    "wrong_account": Refusal(
        _(
            "This form was made for another account than %(account)s, whose address it was sent to."
            " Nothing was done. Open the page again."
        ),
        status=409,
    ),
    "wrong_state": Refusal(
        _("It is %(state)s, so this is no longer possible."),
        status=409,
        ticket="application",
        only_about=True,
    ),
}
speak(REFUSALS)
