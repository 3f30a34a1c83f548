// A mail full of everything that calls home, against a server that counts connections, not only requests: a name looked
// up or a connection opened tells the sender as much. Nothing is intercepted on the way; only the page protects itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { api, row, signed_in } from "../lib/browser.mjs";
import { send } from "../lib/gateway.mjs";
import { settings } from "../lib/settings.mjs";

const hostile = (to) => `<!doctype html><html manifest="${to}/manifest"><head>
<meta http-equiv="refresh" content="0;url=${to}/refresh"><META/http-equiv=refresh content="1;${to}/refresh2">
<base href="${to}/base/" target="_top"><link rel="stylesheet" href="${to}/link.css"><link rel=icon href=${to}/icon>
<link rel="dns-prefetch preconnect prefetch preload modulepreload" as="image" href="${to}/preconnect">
<style>@import url("${to}/import.css"); @font-face{font-family:f;src:url(${to}/font)}
body{font-family:f;background:url(${to}/css);cursor:url(${to}/cursor),auto} a::after{content:url(${to}/content)}
li{list-style-image:url(${to}/list)} p{background:image-set("${to}/set" 1x);mask:url(${to}/mask.svg#m);filter:url(${to}/f.svg#f)}
</style><script src="${to}/script.js"></script><script>fetch("${to}/fetch")</script>
<script type="speculationrules">{"prefetch":[{"urls":["${to}/speculation"]}]}</script></head>
<body background="${to}/body" onload="fetch('${to}/onload')"><h1>still here</h1>
<div style="position:relative;z-index:9"><form action="${to}/form"><input type=image src="${to}/input"><button id=go>Go
on</button></form><a id=link href="${to}/a" ping="${to}/ping">a link</a></div>
<iframe src="${to}/iframe"></iframe><IFRAME srcdoc="<img src='${to}/srcdoc'>"></IFRAME><iframe
src=${to}/iframe2></iframe><frameset><frame src="${to}/frame"></frameset>
<object data="${to}/object"><embed src="${to}/embed"></object><applet code="${to}/applet"></applet>
<img src="relative.gif"><img srcset="${to}/srcset 1x"><img src=x onerror="new Image().src='${to}/onerror'">
<picture><source srcset="${to}/source"><img src="//${to.slice(7)}/scheme"></picture>
<video src="${to}/video" poster="${to}/poster" autoplay></video><audio src="${to}/audio" autoplay></audio>
<video autoplay><source src="${to}/video2"><track src="${to}/track" default></video>
<svg><image href="${to}/svg" xlink:href="${to}/xlink"/><use href="${to}/use.svg#a"/><script href="${to}/svg.js"></script>
<filter id=i><feImage href="${to}/feimage"/></filter><rect filter="url(#i)" width=9 height=9 />
<a xlink:href="${to}/svga"><animate attributeName=href to="${to}/animate"/><set attributeName=href to="${to}/set"/><text y=9>a</text></a>
<style>@import "${to}/svgstyle";</style><foreignObject><iframe src="${to}/foreign"></iframe></foreignObject></svg>
<math><mtext><img src="${to}/math"></mtext><maction actiontype="statusline" xlink:href="${to}/maction">m</maction></math>
<map name=m><area href="${to}/area" shape=default></map>
<table background="${to}/table"><tr><td background="${to}/td">t</table><p style="background:url('${to}/style')">p</p>
<noscript><img src="${to}/noscript"><iframe src="${to}/noscript2"></iframe></noscript>
<template shadowrootmode=open><iframe src="${to}/shadow"></iframe></template>
<portal src="${to}/portal"></portal><fencedframe src="${to}/fenced"></fencedframe></body></html>`;

/** Counts who connects, and notes what is asked for. */
async function start_beacon(t) {
  const asked = [];
  const server = createServer((socket) => {
    const index = asked.push("a connection") - 1;
    socket.on("error", () => socket.destroy());
    socket.once("data", (bytes) => {
      asked[index] = bytes.toString("latin1").split("\r\n")[0];
      socket.end("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { server, asked, url: `http://127.0.0.1:${server.address().port}` };
}

/** Opens a page that nothing protects and that leaves for another after a second; returns when it has come there. */
async function refresh_of_a_second(t, context) {
  const server = createHttpServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(request.url === "/" ? '<!doctype html><meta http-equiv="refresh" content="1;url=/there">' : "there");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const other = await context.newPage();
  await other.goto(`http://127.0.0.1:${server.address().port}/`);
  await other.waitForURL("**/there");
  await other.close();
}

test("A mail that calls home in every way known reaches nobody, until its images are asked for", async (t) => {
  if (!settings.smtp) return t.skip("needs the program: the mock takes no mail");
  const beacon = await start_beacon(t);
  const subject = "Everything calls home";
  await send(settings.smtp, [
    {
      from: "beacon@doubtful.example",
      to: [settings.address],
      text: `From: beacon@doubtful.example\nTo: ${settings.address}\nSubject: ${subject}\nMIME-Version: 1.0
Content-Type: text/html; charset=utf-8\n\n${hostile(beacon.url)}\n`,
    },
  ]);
  const { page } = await signed_in(t);
  await page.context().unrouteAll();
  const { body } = await api(page, "GET", "/holds?scope=mine&subject=Everything");
  const { id } = body.holds.find((hold) => hold.subject === subject);
  await page.goto(`/on-hold/${id}`);
  await page.getByRole("radio", { name: "Formatted" }).check();
  const frame = page.frameLocator("iframe");
  await frame.getByText("still here").waitFor();
  // What a person might touch by mistake.
  await frame.locator("#go").click();
  await frame.locator("#link").click();
  await frame.getByText("still here").waitFor();
  assert.match(page.url(), new RegExp(`/on-hold/${id}$`));
  // The mail's own refresh would come a second after it was shown: before that of a page that begins to wait now.
  await refresh_of_a_second(t, page.context());
  assert.deepEqual(beacon.asked, []);

  // The same server is reached as soon as the person wants it: the silence before was the page's doing.
  const reached = once(beacon.server, "connection");
  await page.getByRole("button", { name: "Load images once" }).click();
  await reached;
  await frame.getByText("still here").waitFor();
  await page.goto("/on-hold");
  await row(page, id).waitFor();
  const no_image = /^\w+ \/(script|svg\.js|fetch|iframe|refresh|form|a |ping|link|import|font|on|object|embed|video|audio)/;
  assert.deepEqual(
    beacon.asked.filter((line) => no_image.test(line)),
    [],
  );
});
