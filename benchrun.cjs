require(process.argv[3] === "old" ? "ts-node/register/transpile-only" : "/work/main/test/support/register.cjs");
require(process.argv[2] + "/test/bench/admission").admission(process.argv[2]).then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
