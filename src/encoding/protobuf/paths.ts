/** @module Paths of the API's methods that are called and answered without protobuf's own runtime. */
const SENSORS = "/tetragon.FineGuidanceSensors";

/** The stream of events. */
export const GET_EVENTS = `${SENSORS}/GetEvents`;
/** The server's release. */
export const GET_VERSION = `${SENSORS}/GetVersion`;
