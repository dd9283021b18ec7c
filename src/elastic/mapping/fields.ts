/** @module Fields of the index: those of documents, and those of the event itself that are searched and counted. */
import { ECS_FIELDS, NESTED } from "../../encoding/ecs/fields.ts";
import { nestedFields } from "../../encoding/ecs/nested-fields.ts";
import type { MappedField } from "./properties.ts";

/**
 * What is searched of an event besides what the schema has a place for, below the name of its type. The rest, and whatever a
 * later release adds, is kept in the document: a field of which nobody asks costs the server as much as one that is used.
 */
const SEARCHED = [
  /^process\.(?:auid|flags|docker|in_init_tree|pod\.workload|pod\.container\.image\.id|cap\.(?:effective|permitted|inheritable))$/,
  /^process\.ns\.(?:mnt|net|pid|user|cgroup)\.(?:inum|is_host)$/,
  /^process\.binary_properties\.(?:setuid|setgid|privileges_changed)$/,
  /^parent\.(?:flags|docker)$/,
  /^(?:function_name|symbol|path|subsys|event|action|return_action|signal|status|type|cgroup|message)$/,
  /^(?:stats|return)\.[^.]+$/,
  /^args\.(?:string_arg|int_arg|uint_arg|long_arg|size_arg|label)$/,
  /^args\.(?:capability_arg|module_arg|bpf_attr_arg|bpf_map_arg|perf_event_arg)\.[^.]+$/,
  /^args\.(?:sock_arg|skb_arg)\.(?:state|mark|cookie)$/,
  /^args\.(?:file_arg|path_arg|linux_binprm_arg)\.path$/,
  /^number_of_dropped_process_events$/,
];
/** Of these all is searched: which agent, since when, and what it has lost. */
const WHOLE = /^agent_(?:init|refresh|stop)\./;

function isSearched(name: string): boolean {
  const path = name.slice(NESTED.length + 1);
  const within = path.slice(path.indexOf(".") + 1);
  return WHOLE.test(path) || SEARCHED.some((pattern) => pattern.test(within));
}

/** Whether documents have a copy of the event in `event.original`, or that is another name of `message`. */
export const ORIGINAL = "event.original";

/** All of them, but for {@link ORIGINAL}. */
export function mappedFields(): MappedField[] {
  return [
    ...ECS_FIELDS.filter(({ name }) => name !== ORIGINAL).map(({ name, type }) => ({ name, type })),
    ...nestedFields().flatMap(({ name, type }) =>
      type !== "object" && isSearched(name) ? [{ name, type }] : [],
    ),
  ];
}
