/** @module Kubernetes Events: what the cluster gets to see of the agent itself. */
export { type ClusterEvent, CONTROLLER, type Regarded } from "./event.ts";
export { EventRecorder, type RecorderFigures, type RecorderSettings } from "./recorder.ts";
