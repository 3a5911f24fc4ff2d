/** The nine workloads of MijnBureau's production that Pod Security `restricted` refuses as they are rendered. */
export const refusedInProduction = [
  "collabora/Deployment/collabora-online",
  "docs/Deployment/docs-nginx",
  "docs/Deployment/docs-static-nginx",
  "element/Deployment/element-web",
  "element/Job/synapse-keygen",
  "grist/Deployment/grist-static-nginx",
  "meet/Deployment/meet-frontend",
  "meet/Deployment/meet-static-nginx",
  "ollama/Deployment/ollama",
];
