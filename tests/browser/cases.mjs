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
import "./cases/keyboard.mjs";
import "./cases/pages.mjs";
import "./cases/branding.mjs";
import "./cases/languages.mjs";
