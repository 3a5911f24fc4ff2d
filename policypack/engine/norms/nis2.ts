/**
 * Directive (EU) 2022/2555, article 21(2). Which control of ISO/IEC 27002:2022 belongs to which point follows the
 * headings of the annex to Implementing Regulation (EU) 2024/2690, which name the point that each chapter fills in.
 */
export const nis2 = {
  name: "NIS2 article 21(2)",
  source: "https://eur-lex.europa.eu/eli/reg_impl/2024/2690/oj",
} as const;

/** The points of article 21(2), in short. */
export const nis2Points = {
  a: "policies on risk analysis and information system security",
  b: "incident handling",
  c: "business continuity, such as backups, disaster recovery and crisis management",
  d: "security of the supply chain",
  e: "security in acquisition, development and maintenance, vulnerability handling included",
  f: "assessing whether the measures work",
  g: "basic cyber hygiene and training",
  h: "cryptography and encryption",
  i: "human resources security, access control and asset management",
  j: "multi-factor authentication and secured communications",
} as const;

export type Nis2Point = keyof typeof nis2Points;

/** Point by control of ISO/IEC 27002:2022, with the chapter of the annex that decides it. */
export const nis2OfControl: Readonly<Record<string, Nis2Point>> = {
  "5.7": "e", // 6.10 vulnerability handling
  "5.9": "i", // 12.4 asset inventory
  "5.12": "i", // 12.1 asset classification
  "5.13": "i", // 12.2 handling of assets
  "5.15": "i", // 11.1 access control policy
  "5.16": "i", // 11.5 identification
  "5.17": "j", // 11.6 authentication
  "5.18": "i", // 11.2 management of access rights
  "5.19": "d", // 5.1 supply chain security policy
  "5.21": "d",
  "5.26": "b", // 3.5 incident response
  "5.29": "c", // 4.1 business continuity
  "5.30": "c",
  "5.33": "c", // 4.2 backup management, retention
  "5.36": "f", // 7 effectiveness
  "6.8": "b", // 3.3 event reporting
  "7.14": "i", // 12.2 handling of assets
  "8.2": "i", // 11.3 privileged accounts
  "8.3": "i",
  "8.5": "j", // 11.6 and 11.7
  "8.6": "c", // 4.2 redundancy management
  "8.7": "e", // 6.9 protection against malicious software
  "8.8": "e", // 6.10 vulnerability handling
  "8.9": "e", // 6.3 configuration management
  "8.10": "i",
  "8.13": "c", // 4.2
  "8.14": "c", // 4.2
  "8.15": "b", // 3.2 monitoring and logging
  "8.16": "b",
  "8.18": "i", // 11.4 system administration
  "8.19": "e",
  "8.20": "e", // 6.7 network security
  "8.22": "e", // 6.8 network segmentation
  "8.23": "e",
  "8.24": "h", // 9 cryptography
  "8.25": "e", // 6.2 secure development
  "8.27": "e",
  "8.31": "e",
  "8.32": "e", // 6.4 change management
};
