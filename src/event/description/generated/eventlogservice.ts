// Generated from proto/tetragon/eventlogservice.proto by scripts/generate/description.ts: edit there, then run "npm run generate".
import { MessageDescriptor, field, type ServiceDescriptor } from "../descriptor.ts";

/** New parameters of the event log. */
export type SetEventLogParamsRequest = {
  max_size?: number | string | null | undefined;
  rotation_interval?: string | null | undefined;
  max_backups?: number | string | null | undefined;
};
export const SetEventLogParamsRequest = /* @__PURE__ */ new MessageDescriptor<SetEventLogParamsRequest>("tetragon.SetEventLogParamsRequest", () => [
  field("max_size", 1, "int32"),
  field("rotation_interval", 2, "string"),
  field("max_backups", 3, "int32"),
]);

/** The parameters were taken over. */
export type SetEventLogParamsResponse = object;
export const SetEventLogParamsResponse = /* @__PURE__ */ new MessageDescriptor<SetEventLogParamsResponse>("tetragon.SetEventLogParamsResponse", () => []);

/** Asks for the parameters of the event log. */
export type GetEventLogParamsRequest = object;
export const GetEventLogParamsRequest = /* @__PURE__ */ new MessageDescriptor<GetEventLogParamsRequest>("tetragon.GetEventLogParamsRequest", () => []);

/** The parameters of the event log. */
export type GetEventLogParamsResponse = {
  max_size?: number | string | null | undefined;
  rotation_interval?: string | null | undefined;
  max_backups?: number | string | null | undefined;
};
export const GetEventLogParamsResponse = /* @__PURE__ */ new MessageDescriptor<GetEventLogParamsResponse>("tetragon.GetEventLogParamsResponse", () => [
  field("max_size", 1, "int32"),
  field("rotation_interval", 2, "string"),
  field("max_backups", 3, "int32"),
]);

/** Changes how the event log is rotated. */
export const EventLogService: ServiceDescriptor = {
  name: "tetragon.EventLogService",
  methods: [
    { name: "SetEventLogParams", input: SetEventLogParamsRequest, output: SetEventLogParamsResponse, isServerStreaming: false },
    { name: "GetEventLogParams", input: GetEventLogParamsRequest, output: GetEventLogParamsResponse, isServerStreaming: false },
  ],
};
