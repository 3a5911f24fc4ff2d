/** Annotation of an account that takes a role of AWS (Amazon EKS, "IAM roles for service accounts"). */
export const awsRole = (arn: string): Record<string, string> => ({ "eks.amazonaws.com/role-arn": arn });

/** Annotation of an account that is a managed identity (Azure AD Workload Identity, "Labels and annotations"). */
export const azureClient = (clientId: string): Record<string, string> => ({
  "azure.workload.identity/client-id": clientId,
});

/** Label of the pods that get the token of such an account. */
export const azureToken: Record<string, string> = { "azure.workload.identity/use": "true" };
