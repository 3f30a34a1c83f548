// All cases, one after the other in one process and one browser. run.mjs sets the environment and starts this.
import "./cases/sign_in.mjs";
import "./cases/home.mjs";
import "./cases/hold_list.mjs";
import "./cases/jobs.mjs";
import "./cases/message.mjs";
import "./cases/beacons.mjs";
import "./cases/redteam.mjs";
import "./cases/senders.mjs";
import "./cases/rejected.mjs";
import "./cases/reports.mjs";
import "./cases/rules.mjs";
import "./cases/account.mjs";
import "./cases/pages.mjs";

// What these ask is the front end's alone. Where it has just been driven against its mock, asking the program again
// tells nothing new.
if (process.env.POSTERN_FRONT_END_IS_CHECKED !== "yes") {
  await import("./cases/keyboard.mjs");
  await import("./cases/branding.mjs");
  await import("./cases/languages.mjs");
}
