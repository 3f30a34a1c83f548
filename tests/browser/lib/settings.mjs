// What the cases run against, from the environment that run.mjs sets.
const { POSTERN_URL, POSTERN_ADDRESS, POSTERN_PASSWORD, POSTERN_ADMINISTRATOR, POSTERN_SCREENSHOTS, POSTERN_COMPLETE } =
  process.env;
if (!POSTERN_URL || !POSTERN_ADDRESS || !POSTERN_PASSWORD) {
  throw new Error("POSTERN_URL, POSTERN_ADDRESS and POSTERN_PASSWORD must be set; run.mjs does it");
}

export const settings = {
  url: POSTERN_URL,
  address: POSTERN_ADDRESS,
  password: POSTERN_PASSWORD,
  /** A person with the administrator's role and the same password, or null. */
  administrator: POSTERN_ADMINISTRATOR ? { address: POSTERN_ADMINISTRATOR, password: POSTERN_PASSWORD } : null,
  /** Where the program takes mail, or null where there is only a mock. */
  smtp: process.env.POSTERN_SMTP || null,
  /** A directory, or null for none. */
  screenshots: POSTERN_SCREENSHOTS || null,
  /** True where the data is known to hold every kind of mail a case asks for; then missing data is a failure. */
  complete: POSTERN_COMPLETE === "yes",
};
