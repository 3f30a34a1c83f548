#include "digest/words.h"

namespace digest {

const Words english = {
    .language = "en",
    .days = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
    .months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    .date = "{weekday} {day} {month} {year}, {hour}:{minute}{zone}",
    .decimal_point = ".",

    .subject = {"1 new message is on hold", "{n} new messages are on hold"},
    .heading = {"1 new message is on hold for you", "{n} new messages are on hold for you"},
    .intro =
        "Release what you want and reject the rest. What you leave alone is removed when its "
        "time is over.",
    .see_all = {"See the message", "See all {n} messages"},
    .show = "Show or release",
    .from = "From",
    .to = "To",
    .received = "Received",
    .why = "Why",
    .size = "Size",
    .no_subject = "(no subject)",
    .no_sender = "(no sender)",
    .more = {"1 more message is on the page.", "{n} more messages are on the page."},
    .link_note =
        "The links work without signing in, until {date}. Please do not forward this "
        "mail: whoever has it can decide about these messages.",
    .why_you = "{product} sent this to {address} because mail for you is on hold.",
    .change_how = "When and how you are told: {url}",
    .support = "Help",

    .page_title = "On hold",
    .page_intro = "Mail for {address}, as listed on {date}.",
    .page_count = {"1 message", "{n} messages"},
    .waits_until = "Kept until {date}",
    .release = "Release",
    .release_permit = "Release and permit sender",
    .reject = "Reject",
    .reject_block = "Reject and block sender",
    .undo = "Undo",
    .undo_all = "Undo all",
    .released_by = "Released by {who}, {when}.",
    .delivered_by = "Delivered. Released by {who}, {when}.",
    .rejected_by = "Rejected by {who}, {when}.",
    .reported_by = "Reported by {who}, {when}.",
    .expired = "Its time is over; it has been removed.",
    .failed = "Released, but your mail server did not take it. You can try again.",
    .gone = "This message is no longer here.",
    .act_on_all = "All that still wait",
    .release_all = "Release all",
    .reject_all = "Reject all",
    .confirm_release_all = {"Release the message?", "Release all {n} messages?"},
    .confirm_reject_all = {"Reject the message?", "Reject all {n} messages?"},
    .confirm = "Yes, do it",
    .cancel = "No, go back",
    .newer = "Newer messages",
    .older = "Older messages",
    .sign_in = "Sign in to the portal",
    .revoke = "End all links like this one",
    .revoke_text =
        "If somebody else may have seen one of these mails, end the links in all of "
        "them. What is on hold stays on hold; the next mail has a new link.",
    .confirm_revoke = "End the links of all mails like this one?",

    .done_release =
        {"Released. It is on its way to your mailbox.",
         "Released {n} messages. They are on their way to your mailbox."},
    .done_release_permit = "Released, and the sender is permitted.",
    .done_reject = {"Rejected.", "Rejected {n} messages."},
    .done_reject_block = "Rejected, and the sender is blocked.",
    .done_undo = {"Taken back. The message waits again.", "Taken back. {n} messages wait again."},
    .said_decided = "Somebody has decided about this message already.",
    .said_too_late = "It is too late to take this back.",
    .said_not_listed = "This message is not one of those listed here.",
    .said_refused = "Nothing was done: this sender cannot be put into your list.",

    .no_page_title = "This link does not work",
    .no_page =
        "It may have been cut in two by your mail program, or the messages it listed are "
        "gone. Sign in to see what is on hold for you.",
    .expired_title = "This link is no longer valid",
    .expired_page =
        "The time of the messages it listed is over. Sign in to see what is on hold "
        "for you.",
    .revoked_title = "This link has been ended",
    .revoked_page =
        "You, or somebody for you, ended the links of all these mails. Sign in to see "
        "what is on hold for you; the next mail has a new link.",
    .later_title = "Too many attempts",
    .later_page =
        "Many links that do not exist were tried from your network. Wait a minute, then "
        "follow the link again.",
    .trouble_title = "Something went wrong",
    .trouble_page = "Nothing was changed. Please try again in a minute.",

    .reason_not_one_from = "It does not say clearly who wrote it.",
};

}  // namespace digest
