/** @module How clients of the API learn who is speaking. */

/** The header of the answer to `GetEvents` that holds `agent_init`, which has no place among Tetragon's messages. */
export const INTRODUCTION_HEADER = "tetrad-agent-init-bin";
