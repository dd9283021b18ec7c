/** @module What this kernel and this process's rights allow, asked once. The texts for users are where users are. */
export { type FeatureAnswer, systemCallError } from "./answer.ts";
export { BUILD_OPTIONS, readBuildOptions } from "./build-options.ts";
export { haveFeature, haveProgramKind } from "./features.ts";
export { haveHelper, haveTracingHelper } from "./helper.ts";
export { haveMapType } from "./map-type.ts";
export type { FeatureName } from "./name.ts";
export { readSecurityModules } from "./security-modules.ts";
