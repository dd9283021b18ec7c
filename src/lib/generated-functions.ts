/** @module Functions of code that is generated, and the values that it refers to. */

/** Collects them: each function is generated where it is first asked for. */
export class GeneratedFunctions {
  readonly #functions: string[] = [];
  readonly #names = new Map<unknown, string>();
  /** By name `k0`, `k1`, ... */
  readonly #constants: unknown[] = [];

  /** All functions so far, each a declaration. */
  get source(): string {
    return this.#functions.join("\n");
  }

  /** The name of a value. */
  constant(value: unknown): string {
    const index = this.#constants.indexOf(value);
    return `k${index < 0 ? this.#constants.push(value) - 1 : index}`;
  }

  /** The name of the function for `key`. @param generate Its declaration under that name, which may ask for others and itself. */
  function(key: unknown, generate: (name: string) => string): string {
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `f${this.#names.size}`;
      this.#names.set(key, name);
      this.#functions.push(generate(name));
    }
    return name;
  }

  /**
   * What the code returns.
   * @param code Statements, {@link source} among them.
   * @param helpers Further values, by the names that the code has for them.
   */
  compile(code: string, helpers: Readonly<Record<string, unknown>> = {}): unknown {
    const names = [...Object.keys(helpers), ...this.#constants.map((_, i) => `k${i}`)];
    return new Function(...names, code)(...Object.values(helpers), ...this.#constants);
  }
}
