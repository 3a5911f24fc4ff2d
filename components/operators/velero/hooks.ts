/**
 * Commands that bring a datastore's files to rest before its volume is copied. They match pods by label, in whichever
 * namespace a backup covers; a namespace without such pods has no hook.
 */
export const consistencyHooks = [
  {
    name: "postgresql-checkpoint",
    // A crash-consistent copy of a data directory recovers from the write-ahead log (PostgreSQL, "Backup and Restore",
    // File System Level Backup); the checkpoint before it keeps that recovery short.
    labelSelector: { matchLabels: { "app.kubernetes.io/name": "postgresql" } },
    pre: [
      {
        exec: {
          container: "postgresql",
          command: [
            "/bin/sh",
            "-c",
            'PGPASSWORD="$POSTGRES_PASSWORD" psql -U "${POSTGRES_USER:-postgres}" -d postgres -c CHECKPOINT',
          ],
          // A datastore without the right to checkpoint is still crash-consistent: better that copy than none.
          onError: "Continue",
          timeout: "2m",
        },
      },
    ],
  },
  {
    name: "redis-save",
    labelSelector: { matchLabels: { "app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "master" } },
    pre: [
      {
        exec: {
          container: "redis",
          command: ["/bin/sh", "-c", 'redis-cli -a "$REDIS_PASSWORD" --no-auth-warning SAVE'],
          onError: "Continue",
          timeout: "2m",
        },
      },
    ],
  },
] as const;
