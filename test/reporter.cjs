"use strict";
// The `spec` report, then why tests were skipped, and one plain closing line that CI systems can read.
const { Runner, reporters } = require("mocha");

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test));
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      for (const test of skipped)
        console.log(`skipped: ${test.fullTitle()}${test.skipReason ? ` (${test.skipReason})` : ""}`);
      const { passes, failures, pending } = runner.stats;
      process.on("exit", () => console.log(`\n${passes} passed, ${failures} failed, ${pending} skipped`));
    });
  }
}

module.exports = Reporter;
