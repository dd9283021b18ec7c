/** @module What the stdin source declares. */
import { defineSource } from "../source.ts";

export const stdin = defineSource({
  type: "stdin",
  summary: "stdin",
  options: () => ({}),
  async create(settings) {
    const { StdinSource } = await import("./stdin-source.ts");
    return new StdinSource(settings);
  },
});
