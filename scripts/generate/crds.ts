/** @module The definitions of tracing policies for API servers, as the chart installs them. */
import { policyManifests } from "../../src/policy/document/crd/index.ts";

const GENERATED = "# Generated from src/policy/document by scripts/generate.ts: edit there.";

/** The files by path, from the top of the project. */
export function renderDefinitions(): Record<string, string> {
  return Object.fromEntries(
    policyManifests().map(({ file, text }) => [`charts/tetrad/files/crds/${file}`, `${GENERATED}\n${text}`]),
  );
}
