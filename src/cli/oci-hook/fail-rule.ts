/** @module Whether a container is kept from starting when the agent could not be asked, or could not decide: the rules of Tetragon's hook. */
import { TetradError } from "../../os/error.ts";

/** Annotations that a runtime gives a container. */
type Annotations = Readonly<Record<string, string>>;

/** Says whether a container fails. */
export type FailRule = (annotations: Annotations) => boolean;

/** What a rule goes by. */
export interface FailRuleSettings {
  /** A CEL expression over `annotations`; empty for {@link allowedNamespaces}. */
  readonly expression: string;
  readonly allowedNamespaces: readonly string[];
  /** Annotations that say the namespace. */
  readonly namespaceKeys: readonly string[];
}

/** @throws TetradError `config` for an expression that is none. */
export async function failRule(settings: FailRuleSettings): Promise<FailRule> {
  const { expression, allowedNamespaces, namespaceKeys } = settings;
  if (expression !== "") return await expressionRule(expression, namespaceKeys);
  return (annotations) => {
    const found = namespaceKeys.flatMap((key) =>
      Object.hasOwn(annotations, key) ? [annotations[key]!] : [],
    );
    // Runtimes may pass on what a pod's author has annotated: one key more does not let a container through.
    return found.length === 0 || !found.every((namespace) => allowedNamespaces.includes(namespace));
  };
}

async function expressionRule(expression: string, namespaceKeys: readonly string[]): Promise<FailRule> {
  const { celEnv, parse, plan } = await import("@bufbuild/cel");
  try {
    const program = plan(celEnv(), parse(expression));
    return (annotations) => {
      const result = program({
        annotations: new Map(Object.entries(annotations)),
        annotations_namespace_keys: [...namespaceKeys],
      });
      // What is no answer keeps it from starting.
      return result !== false;
    };
  } catch (cause) {
    throw new TetradError(
      "config",
      `Cannot read --fail-cel-expr ${JSON.stringify(expression)}: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}
