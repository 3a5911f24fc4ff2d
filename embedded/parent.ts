/** How often to look whether the parent is still there, in milliseconds. */
const INTERVAL = 2000;

/** Ends this process once its parent is gone: the engine stops its plugins, but nothing would if it were killed. */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, INTERVAL).unref();
}
