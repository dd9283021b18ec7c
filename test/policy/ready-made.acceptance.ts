/** All policies that come with the agent, loaded side by side. `TETRAD_CASES` is a pattern of the names of those to run. */
import { testReadyMade } from "./ready-made.ts";

testReadyMade(new RegExp(process.env.TETRAD_CASES ?? ""));
