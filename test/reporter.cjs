"use strict";
// The `spec` report, then why tests were skipped, and one plain closing line that CI systems can read.
const { Runner, reporters } = require("mocha");

/** As test/support/needs.ts writes it behind a title. */
const REASON = / \[skipped: (.*)\]$/s;

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = new Map();
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => {
      const reason = REASON.exec(test.title)?.[1] ?? "no reason is given";
      skipped.set(reason, [...(skipped.get(reason) ?? []), test.fullTitle().replace(REASON, "")]);
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      for (const [reason, titles] of skipped) {
        console.log(`skipped: ${reason}`);
        for (const title of titles) console.log(`  ${title}`);
      }
      const { passes, failures, pending } = runner.stats;
      process.on("exit", () => console.log(`\n${passes} passed, ${failures} failed, ${pending} skipped`));
    });
  }
}

module.exports = Reporter;
