// The mail of the user guide's pictures: what comes to an office on an ordinary morning, some of it doubtful.
const base64 = (text) =>
  Buffer.from(text)
    .toString("base64")
    .replace(/(.{76})/g, "$1\n");
const word = (text) => (/^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`);

let last = 0;

function part({ type, name, content }) {
  const named = name ? `; name="${name}"` : "";
  return [
    `Content-Type: ${type}${named}`,
    ...(name ? [`Content-Disposition: attachment; filename="${name}"`] : []),
    "Content-Transfer-Encoding: base64",
    "",
    base64(content),
  ].join("\n");
}

/** One mail as lib/gateway.mjs sends it. */
function mail({ name, address, from = address, to, subject, text, html, files = [] }) {
  last += 1;
  const parts = [
    { type: "text/plain; charset=utf-8", content: text },
    ...(html ? [{ type: "text/html; charset=utf-8", content: html }] : []),
  ].map(part);
  const body = html ? `Content-Type: multipart/alternative; boundary="body"\n\n${among("body", parts)}` : parts[0];
  const attached = files.map(([file, type, content]) => part({ type, name: file, content }));
  const whole = files.length
    ? `Content-Type: multipart/mixed; boundary="files"\n\n${among("files", [body, ...attached])}`
    : body;
  const head = [
    `From: ${word(name)} <${address}>`,
    `To: ${to.join(", ")}`,
    `Subject: ${word(subject)}`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${last}.${from.replace(/^.*@/, "guide@")}>`,
    "MIME-Version: 1.0",
  ];
  return { from, to, text: `${head.join("\n")}\n${whole}\n` };
}

const among = (edge, parts) => `${parts.map((each) => `--${edge}\n${each}\n`).join("")}--${edge}--\n`;

/** Rules that hold what the mails below are. */
export const rules = `
[[rule]]
name = "programs"
attachment_extension = ["exe", "js", "scr"]
action = "hold"
hold_for = "administrator"
reason = "A program is attached"

[[rule]]
name = "confidential"
subject = 'Confidential'
action = "hold"
hold_for = "moderator"
moderators = ["mo@example.test", "admin@example.test"]
reason = "Confidential mail is looked at before it passes"

[[rule]]
name = "office macros"
attachment_extension = ["docm", "xlsm"]
action = "hold"
trusted_senders_may = true
reason = "The attached document contains macros"

[[rule]]
name = "look-alike domains"
sender = ["examp1e.test"]
action = "hold"
reason = "The sender's domain only looks like ours"

[[rule]]
name = "newsletters"
sender = ["morninggate.example", "letters.example"]
action = "hold"
spam_check = true
reason = "A newsletter that nobody has asked for yet"

[[rule]]
name = "new senders"
sender = ["paket.example", "northwind.example", "lottery.example", "club.example", "rivers.example"]
action = "hold"
spam_check = true
reason = "Nobody here has had mail from this sender before"
`;

const newsletter_html = `<html><body style="font-family:Georgia,serif;max-width:600px;margin:0 auto;padding:16px;color:#223">
<h1 style="font-size:28px">The Morning Gate</h1><p style="color:#667">Seven walled towns worth a weekend</p>
<p>Good morning! This week we walk along the old walls of seven towns, one gate after the other.</p>
<p><img src="https://pictures.morninggate.example/header.png" width="460" height="120" alt="A gate in the morning"></p>
<p><a href="https://www.morninggate.example/seven-towns">Read on</a></p></body></html>`;

const fraud_html = `<html><body><p>Dear user,</p><p>your mailbox is almost full and will be closed in 24 hours.</p>
<p><a href="https://login.mail-renewal.example/keep">https://portal.example.test/account</a></p>
<p>IT Service Desk</p></body></html>`;

/** In the order they are sent; the last to come stands first in the list. */
export function mails(person, colleague) {
  const to = [person];
  return [
    { from: "offers@pushy.example", to, refused: to, text: "" },
    mail({
      name: "Megadeals",
      address: "offers@pushy.example",
      from: "bounce@sender.example",
      to: [person, colleague],
      subject: "Only today: 70 % off everything",
      text: "Buy now.\n",
    }),
    mail({ name: "Paul Weber", address: "paul@partner.example", to, subject: "Lunch on Thursday?", text: "At one?\n" }),
    mail({
      name: "The Chief",
      address: "chief@partner.example",
      to: [colleague],
      subject: "Confidential: plans for next year",
      text: "Not yet public.\n",
    }),
    mail({
      name: "Accounts, Northwind",
      address: "billing@northwind.example",
      to,
      subject: "Invoice 88213 is overdue",
      text: "Please see the attached invoice.\n",
      files: [["Invoice-88213.exe", "application/octet-stream", "MZ: this is not a program"]],
    }),
    mail({
      name: "City Lottery",
      address: "winner@lottery.example",
      to,
      subject: "You have been selected!",
      text: "Claim your prize at https://lottery.example/claim\n",
    }),
    mail({
      name: "Rowing Club",
      address: "secretary@club.example",
      to,
      subject: "Minutes of the September meeting",
      text: "Good day,\n\nattached are the minutes, with the corrections everyone asked for.\n",
      files: [["minutes.txt", "text/plain", "1. Boats\n2. Bridges\n"]],
    }),
    mail({
      name: "Letters of the Week",
      address: "news@letters.example",
      to,
      subject: "Fewer meetings, better walls",
      text: "This week: how to say no.\n",
    }),
    mail({
      name: "Maria Flores",
      address: "maria@rivers.example",
      to,
      subject: "Photos of our trip",
      text: "Here they are!\n",
      files: [["river.jpg", "image/jpeg", "not really a photo"]],
    }),
    mail({
      name: "Lena Vogt",
      address: "lena@handwerk-vogt.example",
      to,
      subject: "Offer 118 for the ground floor windows",
      text: "Dear Ms Bergmann,\n\nas agreed, our offer. The price holds until the end of the month.\n\nKind regards\nLena Vogt\n",
      files: [["Offer-118.docm", "application/vnd.ms-word.document.macroEnabled.12", "not really a document"]],
    }),
    mail({
      name: "Parcel Service",
      address: "tracking@paket.example",
      from: "bounce@paket.example",
      to,
      subject: "Your parcel could not be delivered",
      text: "Choose a new time at https://paket.example/track?id=81\n",
    }),
    mail({
      name: "IT Service Desk",
      address: "helpdesk@examp1e.test",
      to,
      subject: "ACTION REQUIRED: your mailbox will be closed",
      text: "Keep your mailbox: https://login.mail-renewal.example/keep\n",
      html: fraud_html,
    }),
    mail({
      name: "The Morning Gate",
      address: "hello@morninggate.example",
      from: "bounces@morninggate.example",
      to,
      subject: "Seven walled towns worth a weekend",
      text: "Good morning!\n\nThis week we walk along the old walls of seven towns, one gate after the other.\n\nRead on: https://www.morninggate.example/seven-towns\n",
      html: newsletter_html,
    }),
  ];
}
