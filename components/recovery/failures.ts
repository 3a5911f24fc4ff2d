/** What a message of Velero, Kopia or the store means, as a sentence with what to do. */
export function explainFailure(message: string): string {
  const known: readonly (readonly [RegExp, string])[] = [
    [
      /message authentication failed|invalid (repository )?password|unable to decrypt/i,
      "the repository's password does not fit: put the one of the escrow file into velero-repo-credentials",
    ],
    [
      /unexpected EOF|gzip: |invalid header|checksum mismatch/i,
      "the backup is truncated or corrupted: take an older one, or the second copy",
    ],
    [
      /BLOB not found|NoSuchKey|key does not exist|object not found|(?<!\bE)NotFound/i,
      "a part of the backup is missing from the store: look for hidden versions (mijnbureau backup locks), or take the second copy",
    ],
    [
      /no space|quota|InsufficientStorage|StorageFull|EntityTooLarge/i,
      "the store is full: give it room, then run this again",
    ],
    [
      /connection refused|no such host|timeout|timed out|cannot be reached|i\/o timeout|ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET/i,
      "the store cannot be reached: look at its address, the network and the cluster's flows",
    ],
    [
      /AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|403/i,
      "the store refuses the key: put the right one into the secret store",
    ],
    [/No completed backups found/i, "the schedule has no good backup"],
  ];
  const found = known.find(([pattern]) => pattern.test(message));
  const quoted = message === "" ? "it gives no reason" : message;
  return found === undefined ? quoted : `${found[1]} (${quoted})`;
}
