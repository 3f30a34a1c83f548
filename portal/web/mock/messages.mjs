// What the gateway finds in a message beside its text: links, pictures, who it claims to be. Made up to fit data.mjs.
import { html_body } from "./data.mjs";

const links = [
  { text: "Choose a time", url: "https://evil.example/login?id=81", host: "evil.example", differs: false },
  {
    text: "https://www.paketpost.example/termin",
    url: "https://paketpost.evil.example/login",
    host: "paketpost.evil.example",
    differs: true,
  },
  {
    text: "Zahlung bestätigen",
    url: "https://xn--pypal-4ve.example/confirm",
    host: "xn--pypal-4ve.example",
    host_unicode: "pаypal.example",
    differs: false,
  },
  { text: "<b>unsubscribe</b>", url: `javascript:alert("link")`, host: "", differs: false },
];

/** What is known of the hold number `at`. */
export function findings(hold, at) {
  const hosts = ["tracker.example", "images.bulk-7.example.net"];
  const ours = hold.header_from.name === "IT Service Desk";
  return {
    why: { ...hold.detail.why, code: "", params: {} },
    authentication:
      at % 5 === 1 ? { spf: "pass", dkim: "fail", dmarc: "fail", from: hold.header_from.address || hold.sender } : null,
    looks_like: ours ? { name: "IT Service Desk", address: "helpdesk@example.test" } : null,
    links: at % 3 === 1 ? [] : links.slice(0, 1 + (at % 4)),
    inline_images: hold.detail.has_html && at % 2 === 0 ? 2 : 0,
    remote_image_hosts: hold.detail.has_remote_images ? hosts.slice(0, 1 + (at % 2)) : [],
  };
}

// One grey pixel; what the message brings along is never fetched from anywhere.
const pixel = "data:image/gif;base64,R0lGODlhAQABAIABAICAgAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

export function html_of(hold, { images, inline }) {
  const picture = `<img class="own" src="${inline ? pixel : ""}" width="64" height="64" alt="picture of the mail">`;
  const own = hold.detail.inline_images ? picture : "";
  return html_body(images, "http://tracker.example").replace("<h1>", `${own}<h1>`);
}
