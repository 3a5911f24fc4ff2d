import { z } from "zod";

/** Where clouds answer who asks with credentials of the node: AWS and most others, Azure, AWS over IPv6, Google. */
export const metadataRanges = z.strictObject({
  ranges: z
    .array(z.string())
    .default(["169.254.169.254/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128"]),
});

/** Private networks (RFC 1918, RFC 4193). Clusters with public pod or service ranges add these. */
export const privateRanges = z.strictObject({
  ranges: z.array(z.string()).default(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
});
