/** @module What the definitions are called among the schemas. */

/** Its name among the schemas. */
export const CRDS_NAME = "crds";

/** What it is of. */
export const CRDS_SUMMARY = "Tracing policies as custom resources of Kubernetes: both definitions, in YAML.";
