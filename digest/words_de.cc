#include "digest/words.h"

namespace digest {

const Words german = {
    .language = "de",
    .days = {"Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"},
    .months =
        {"Januar",
         "Februar",
         "März",
         "April",
         "Mai",
         "Juni",
         "Juli",
         "August",
         "September",
         "Oktober",
         "November",
         "Dezember"},
    .date = "{weekday}, {day}. {month} {year}, {hour}:{minute} Uhr{zone}",
    .decimal_point = ",",

    .subject = {"1 neue Nachricht ist angehalten", "{n} neue Nachrichten sind angehalten"},
    .heading =
        {"1 neue Nachricht an Sie ist angehalten", "{n} neue Nachrichten an Sie sind angehalten"},
    .intro =
        "Geben Sie frei, was Sie haben möchten, und lehnen Sie den Rest ab. Was Sie liegen "
        "lassen, wird nach Ablauf der Frist entfernt.",
    .see_all = {"Nachricht ansehen", "Alle {n} Nachrichten ansehen"},
    .show = "Ansehen oder freigeben",
    .from = "Von",
    .to = "An",
    .received = "Eingang",
    .why = "Grund",
    .size = "Größe",
    .no_subject = "(kein Betreff)",
    .no_sender = "(kein Absender)",
    .more =
        {"1 weitere Nachricht steht auf der Seite.", "{n} weitere Nachrichten stehen auf der Seite."
        },
    .link_note =
        "Die Links gelten ohne Anmeldung bis {date}. Bitte leiten Sie diese Mail nicht "
        "weiter: Wer sie hat, kann über diese Nachrichten entscheiden.",
    .why_you = "{product} hat dies an {address} gesendet, weil Post an Sie angehalten ist.",
    .change_how = "Wann und wie Sie davon hören: {url}",
    .support = "Hilfe",

    .page_title = "Angehalten",
    .page_intro = "Post an {address}, wie aufgelistet am {date}.",
    .page_count = {"1 Nachricht", "{n} Nachrichten"},
    .waits_until = "Aufbewahrt bis {date}",
    .release = "Freigeben",
    .release_permit = "Freigeben und Absender zulassen",
    .reject = "Ablehnen",
    .reject_block = "Ablehnen und Absender sperren",
    .undo = "Rückgängig",
    .undo_all = "Alles rückgängig",
    .released_by = "Freigegeben von {who}, {when}.",
    .delivered_by = "Zugestellt. Freigegeben von {who}, {when}.",
    .rejected_by = "Abgelehnt von {who}, {when}.",
    .reported_by = "Gemeldet von {who}, {when}.",
    .expired = "Die Frist ist abgelaufen; sie wurde entfernt.",
    .failed =
        "Freigegeben, aber Ihr Mailserver hat sie nicht angenommen. Sie können es noch "
        "einmal versuchen.",
    .gone = "Diese Nachricht ist nicht mehr hier.",
    .act_on_all = "Alle, die noch warten",
    .release_all = "Alle freigeben",
    .reject_all = "Alle ablehnen",
    .confirm_release_all = {"Die Nachricht freigeben?", "Alle {n} Nachrichten freigeben?"},
    .confirm_reject_all = {"Die Nachricht ablehnen?", "Alle {n} Nachrichten ablehnen?"},
    .confirm = "Ja",
    .cancel = "Nein, zurück",
    .newer = "Neuere Nachrichten",
    .older = "Ältere Nachrichten",
    .sign_in = "Im Portal anmelden",
    .revoke = "Alle solchen Links beenden",
    .revoke_text =
        "Falls jemand anderes eine dieser Mails gesehen haben könnte, beenden Sie die "
        "Links in allen. Was angehalten ist, bleibt angehalten; die nächste Mail hat "
        "einen neuen Link.",
    .confirm_revoke = "Die Links aller solchen Mails beenden?",

    .done_release =
        {"Freigegeben. Sie ist auf dem Weg in Ihr Postfach.",
         "{n} Nachrichten freigegeben. Sie sind auf dem Weg in Ihr Postfach."},
    .done_release_permit = "Freigegeben, und der Absender ist zugelassen.",
    .done_reject = {"Abgelehnt.", "{n} Nachrichten abgelehnt."},
    .done_reject_block = "Abgelehnt, und der Absender ist gesperrt.",
    .done_undo =
        {"Zurückgenommen. Die Nachricht wartet wieder.",
         "Zurückgenommen. {n} Nachrichten warten wieder."},
    .said_decided = "Über diese Nachricht wurde schon entschieden.",
    .said_too_late = "Das lässt sich nicht mehr zurücknehmen.",
    .said_not_listed = "Diese Nachricht gehört nicht zu den hier aufgelisteten.",
    .said_refused =
        "Es ist nichts geschehen: Dieser Absender kann nicht in Ihre Liste aufgenommen werden.",

    .no_page_title = "Dieser Link funktioniert nicht",
    .no_page =
        "Vielleicht hat Ihr Mailprogramm ihn zerschnitten, oder die aufgelisteten "
        "Nachrichten gibt es nicht mehr. Melden Sie sich an, um zu sehen, was für Sie "
        "angehalten ist.",
    .expired_title = "Dieser Link gilt nicht mehr",
    .expired_page =
        "Die Frist der aufgelisteten Nachrichten ist abgelaufen. Melden Sie sich an, "
        "um zu sehen, was für Sie angehalten ist.",
    .revoked_title = "Dieser Link wurde beendet",
    .revoked_page =
        "Sie, oder jemand für Sie, haben die Links aller dieser Mails beendet. Melden "
        "Sie sich an, um zu sehen, was für Sie angehalten ist; die nächste Mail hat "
        "einen neuen Link.",
    .later_title = "Zu viele Versuche",
    .later_page =
        "Aus Ihrem Netz wurden viele Links aufgerufen, die es nicht gibt. Warten Sie "
        "eine Minute und folgen Sie dem Link noch einmal.",
    .trouble_title = "Etwas ist schiefgegangen",
    .trouble_page = "Es wurde nichts geändert. Bitte versuchen Sie es in einer Minute noch einmal.",

    .reason_not_one_from = "Die Nachricht sagt nicht eindeutig, wer sie geschrieben hat.",
};

}  // namespace digest
