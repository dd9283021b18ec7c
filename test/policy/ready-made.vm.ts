/** One of what each policy that comes with the agent is for; all of it is with the acceptance run `policies`. */
import { testReadyMade } from "./ready-made.ts";

testReadyMade(/^(?:shell-in-a-container|connection|secret-file|breakout)$/);
